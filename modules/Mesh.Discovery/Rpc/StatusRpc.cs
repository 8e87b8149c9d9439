using System.Collections.Immutable;
using System.Net;
using Google.Protobuf;
using Grpc.Core;
using Mesh.Api.Rest;
using Mesh.Api.Rpc;
using Mesh.Discovery.Addresses;
using Mesh.Discovery.Answers;
using Mesh.Discovery.Api;
using Mesh.Discovery.Health;
using Mesh.Discovery.Read;
using Mesh.Discovery.Register;
using Mesh.Discovery.Settings;
using Mesh.Kernel.Catalog;
using Mesh.Kernel.Commands;
using Mesh.Kernel.Values;
using Microsoft.Extensions.Logging;
using V1 = Mesh.Contracts.V1;

namespace Mesh.Discovery.Rpc;

/// <summary>
/// The gRPC service <c>cdaprod.mesh.v1.DiscoveryStatus</c>: what workers have found out becomes decisions here (Flow steps 2 and 8).
/// </summary>
public sealed class StatusRpc(ICommandBus bus, ILogger<StatusRpc> logger) : V1.DiscoveryStatus.DiscoveryStatusBase
{
    private const int MaxDetail = 200;

    /// <inheritdoc/>
    public override async Task<V1.StatusReply> ReportHealth(V1.ReportHealthRequest request, ServerCallContext context)
    {
        var faults = new Faults();
        var key = DiscoveryRpc.Key(request.Name, request.Namespace, faults);
        var verdicts = request.Verdicts.Select((verdict, i) => Read(verdict, $"verdicts[{i}]", faults)).ToImmutableArray();
        if (verdicts.DistinctBy(verdict => (verdict.InstanceId, verdict.Source)).Count() != verdicts.Length)
            faults.Add("verdicts", "duplicate", "There is at most one verdict of each source for an instance.");
        var report = Asked(key, faults, service => new ReportHealth(service, verdicts));
        var reply = await SendAsync(report, request, context, faults).ConfigureAwait(false);
        if (key is { } service && reply is { Changed: true, Protected: > 0 }) logger.ProtectionActive(service, reply.Protected);
        return reply;
    }

    /// <inheritdoc/>
    public override Task<V1.StatusReply> ReportAddresses(V1.ReportAddressesRequest request, ServerCallContext context)
    {
        var faults = new Faults();
        var key = DiscoveryRpc.Key(request.Name, request.Namespace, faults);
        var hosts = ImmutableDictionary.CreateBuilder<string, ImmutableArray<string>>(StringComparer.Ordinal);
        for (var i = 0; i < request.Hosts.Count; i++)
        {
            foreach (var address in request.Hosts[i].Addresses.Where(address => !IPAddress.TryParse(address, out _)))
                faults.Add($"hosts[{i}].addresses", "not-an-address", $"'{RegisterRules.Shortened(address)}' is not an IP address.");
            hosts[request.Hosts[i].Host] = [.. request.Hosts[i].Addresses];
        }

        return SendAsync(Asked(key, faults, service => new ReportAddresses(service, hosts.ToImmutable())), request, context, faults);
    }

    /// <inheritdoc/>
    public override Task<V1.StatusReply> ExpireCritical(V1.ExpireCriticalRequest request, ServerCallContext context)
    {
        var faults = new Faults();
        var key = DiscoveryRpc.Key(request.Name, request.Namespace, faults);
        return SendAsync(Asked(key, faults, service => new ExpireCritical(service)), request, context, faults);
    }

    /// <inheritdoc/>
    public override Task<V1.StatusReply> ApplyDefaults(V1.ApplyDefaultsRequest request, ServerCallContext context)
    {
        var faults = new Faults();
        var key = DiscoveryRpc.Key(request.Name, request.Namespace, faults);
        var module = Labels.Read(request.Module, "module", "discovery", faults);
        return SendAsync(Asked(key, faults, service => new ApplyDefaults(service, module ?? "")), request, context, faults);
    }

    // What workers report has no condition.
    private static ValidRequest<DiscoveryAnswer>? Asked(
        ServiceKey? key, Faults faults, Func<ServiceKey, ICommand<DiscoveryAnswer>> command) =>
        ValidRequest.Of(key, faults, (service, _) => command(service));

    private async Task<V1.StatusReply> SendAsync(ValidRequest<DiscoveryAnswer>? wish, IMessage request, ServerCallContext context,
        Faults faults)
    {
        var (outcome, answer) = await bus.SendAsync(context, request, faults, wish).ConfigureAwait(false);
        return new V1.StatusReply
        {
            Changed = outcome.Changed,
            Sequence = outcome.Sequence,
            Instances = answer.Instances,
            Protected = answer.Protected,
        };
    }

    private static HealthVerdict Read(V1.Verdict verdict, string path, Faults faults)
    {
        if (verdict.InstanceId.Length == 0) faults.Add($"{path}.instance_id", "missing", "A verdict names its instance.");
        if (verdict.Source is not ("probe" or "lease"))
            faults.Add($"{path}.source", "unknown-value", "A verdict's source is probe or lease.");
        if (verdict.Health.Length == 0) faults.Add($"{path}.health", "missing", "A verdict says passing, warning or critical.");
        var health = ServiceFilter.ReadHealth(verdict.Health, $"{path}.health", faults) ?? default;
        var detail = verdict.Detail.Length <= MaxDetail ? verdict.Detail : verdict.Detail[..MaxDetail];
        return new HealthVerdict(verdict.InstanceId, verdict.Incarnation,
            verdict.Source == "lease" ? VerdictSource.Lease : VerdictSource.Probe, health, detail);
    }
}
