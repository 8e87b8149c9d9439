using CsCheck;
using Mesh.Contracts.Resilience;
using Mesh.ControlPlane.Compile;
using Mesh.ControlPlane.Snapshots;
using Mesh.DataPlane.Configuration;
using Mesh.Discovery.Xds;
using Mesh.Kernel.Catalog;
using Mesh.Kernel.Commands;
using Mesh.Kernel.State;
using Mesh.Resilience.Policies;
using Mesh.Resilience.Read;
using Mesh.Resilience.Xds;
using Mesh.Tests.Resilience.Support;
using Mesh.Xds.Protos;
using Mesh.Xds.Resources;

namespace Mesh.Tests.Resilience;

public class PolicyPropertyTests
{
    private static readonly Gen<ServiceKey> Keys = Gen.Select(Gen.OneOf("default", "prod"), Gen.OneOf("echo", "shop"),
        (ns, name) => new ServiceKey(ns, name));

    private static readonly Gen<int?> Bound = Gen.Int[-1_000_000, 1_000_000].Select(int? (i) => i > 0 ? i : null);

    /// <summary>Fields of policies beside the service, all valid.</summary>
    internal static readonly Gen<(PolicyKind Kind, string Fields)> Bodies = Gen.OneOf(
        Gen.Select(Gen.Int[1, 1000], Bound, Bound, Bound, Bound, (t, c, p, r, y) =>
            (PolicyKind.CircuitBreaker,
                $"\"threshold\":{t},\"maxConnections\":{Json(c)},\"maxPendingRequests\":{Json(p)},\"maxRequests\":{Json(r)},"
                    + $"\"maxRetries\":{Json(y)}")),
        Gen.Select(Gen.Int[1, 1_000_000], Gen.Int[0, 1_000_000],
            (c, q) => (PolicyKind.Bulkhead, $"\"maxConcurrent\":{c},\"maxQueued\":{q}")),
        Gen.Select(Gen.Int[1, 1000], Gen.Int[100, 3_600_000], Gen.Int[100, 40_000_000], Gen.Int[1, 100], Gen.Bool, Gen.Bool,
            (n, i, b, s, rate, share) =>
            (PolicyKind.OutlierDetection,
                $"\"consecutive5xx\":{n},\"interval\":\"{i}ms\",\"baseEjectionTime\":\"{b}ms\",\"maxEjectionTime\":\"{b * 2}ms\","
                    + $"\"maxEjectedPercent\":{s}{(rate ? ",\"successRate\":{}" : "")}{(share ? ",\"failurePercentage\":{}" : "")}")),
        Gen.Select(Gen.Int[1, 10_000_000], Gen.OneOf("second", "minute", "hour"), Gen.OneOf("local", "global"), (r, u, s) =>
            (PolicyKind.RateLimit, $"\"requests\":{r},\"unit\":\"{u}\",\"scope\":\"{s}\"")),
        Gen.Select(Gen.Int[1, 86_400_000], Gen.Int[1, 3_600_000],
            (r, c) => (PolicyKind.Timeout, $"\"request\":\"{r}ms\",\"idle\":\"{r}ms\",\"connect\":\"{c}ms\"")),
        Gen.OneOf("other", "absent").Select(name => (PolicyKind.Fallback, $"\"fallback\":\"{name}\"")));

    private static readonly Gen<SetResiliencePolicy> Settings = Gen.Select(Keys, Bodies, (key, body) =>
        ResilienceLog.Command(body.Kind, $$"""{"service":"{{key.Name}}","namespace":"{{key.Namespace}}",{{body.Fields}}}"""));

    private static readonly Gen<ICommand[]> Histories = Gen.Frequency<ICommand>(
        (4, Settings.Select(ICommand (set) => set)),
        (1, Gen.Select(Keys, Gen.Enum<PolicyKind>(), ICommand (key, kind) => new RemovePolicy(key, kind)))).Array[1, 40];

    private static string Json(int? number) => number?.ToString(System.Globalization.CultureInfo.InvariantCulture) ?? "null";

    [Fact]
    public void Deciding_the_same_command_again_is_unchanged() => Histories.Sample(history =>
    {
        var log = new ResilienceLog();
        foreach (var command in history)
        {
            var first = log.Send(command);
            var second = log.Decide(command);
            if (first.Refusal is not null || second.Refusal is not null || second.Events.Count > 0 || !Equals(first.Answer, second.Answer))
                return false;
        }

        return true;
    }, iter: 300, seed: "0000KOIPe036");

    [Fact]
    public void A_fold_of_the_entries_is_the_state_that_was_decided_on() => Histories.Sample(history =>
    {
        var log = new ResilienceLog();
        foreach (var command in history) log.Send(command);
        var folded = log.Folder.Apply(log.Folder.Empty(log.Identity), log.Entries);
        var loaded = StateSnapshot.Load(log.Folder, StateSnapshot.Save(log.Folder, log.State).Data);
        var bytes = log.Bytes(log.State);
        return bytes.AsSpan().SequenceEqual(log.Bytes(folded)) && bytes.AsSpan().SequenceEqual(log.Bytes(loaded))
            && log.Resilience.Services.GroupBy(service => service.Key.Namespace)
                .All(ns => log.Resilience.PoliciesIn(ns.Key) == ns.Sum(service => service.Count));
    }, iter: 200, seed: "0000KOIPe036");

    [Fact]
    public void What_is_listed_sets_the_same_policy_again() => Histories.Sample(history =>
    {
        var log = new ResilienceLog();
        foreach (var command in history) log.Send(command);
        foreach (var item in PolicyAnswers.ToList(log.Resilience, 0, new PolicyFilter()).Items)
        {
            var json = System.Text.Json.JsonSerializer.SerializeToElement(item,
                Contracts.Rest.RestJson.Default.PolicyListAnswer.Options.GetTypeInfo(typeof(Contracts.Rest.PolicyAnswer)));
            var body = json.EnumerateObject()
                .Single(member => member.Value.ValueKind == System.Text.Json.JsonValueKind.Object).Value.GetRawText();
            if (log.Decide(ResilienceLog.Command(PolicyKinds.Parse(item.Kind)!.Value, body)).Events.Count > 0) return false;
        }

        return true;
    }, iter: 200, seed: "0000KOIPe036");

    [Fact]
    public void Every_accepted_policy_compiles_and_the_mesh_s_own_data_plane_takes_it() => Histories.Sample(history =>
    {
        var log = new ResilienceLog();
        foreach (var (name, protocol) in new[] { ("echo", "http"), ("shop", "grpc"), ("other", "http") })
        {
            log.Register($$"""{"name":"{{name}}","url":"{{protocol}}://10.0.0.1:80"}""");
            log.Register($$"""{"name":"{{name}}","namespace":"prod","url":"{{protocol}}://10.0.0.1:80"}""");
        }

        foreach (var command in history) log.Send(command);
        var compiler = new XdsCompiler([new DiscoveryXdsContributor(), new ResilienceXdsContributor()], Enum.GetValues<XdsFlavour>());
        var snapshot = compiler.Compile(new StateChange(log.State, new HashSet<string>(), true, []), XdsSnapshot.None);
        if (compiler.Problems.Count > 0) return false;
        var config = new ConfigState(wildcard: true, TimeSpan.FromSeconds(5), TimeProvider.System);
        foreach (var type in XdsTypes.OfServices)
        {
            var view = snapshot[XdsFlavour.Mesh];
            var response = new DeltaDiscoveryResponse { TypeUrl = type.Url };
            response.Resources.AddRange(view.Names(type).Select(name => view.Find(type, name)!.Delta));
            if (config.Apply(response) is { Count: > 0 } faults) throw new InvalidOperationException(string.Join("; ", faults));
        }

        return config.Snapshot.Listeners.Find("echo") is not null && config.Snapshot.Clusters.Find("shop.prod") is not null;
    }, iter: 100, seed: "0000KOIPe036");
}
