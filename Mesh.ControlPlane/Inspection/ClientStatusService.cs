using System.Globalization;
using System.Text.RegularExpressions;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Mesh.Contracts.Text;
using Mesh.ControlPlane.Applied;
using Mesh.Xds.Protos;
using Mesh.Xds.Resources;

namespace Mesh.ControlPlane.Inspection;

/// <summary>
/// <c>envoy.service.status.v3.ClientStatusDiscoveryService</c> (CSDS) for debugging: what each client connected here was sent, resource by
/// resource, and whether it took it. Flow step 7.
/// </summary>
internal sealed class ClientStatusService(AppliedTable table) : ClientStatusDiscoveryService.ClientStatusDiscoveryServiceBase
{
    // Names come from the caller, and a pattern may be written to run for ever.
    private static readonly TimeSpan MatchPatience = TimeSpan.FromMilliseconds(100);

    public override Task<ClientStatusResponse> FetchClientStatus(ClientStatusRequest request, ServerCallContext context) =>
        Task.FromResult(Answer(request));

    public override async Task StreamClientStatus(
        IAsyncStreamReader<ClientStatusRequest> requestStream, IServerStreamWriter<ClientStatusResponse> responseStream,
        ServerCallContext context)
    {
        while (await requestStream.MoveNext(context.CancellationToken))
            await responseStream.WriteAsync(Answer(requestStream.Current), context.CancellationToken);
    }

    private ClientStatusResponse Answer(ClientStatusRequest request)
    {
        var response = new ClientStatusResponse();
        foreach (var client in table.Clients.Where(c => Wanted(c.Node.Id, request)).OrderBy(c => c.Node.Id, StringComparer.Ordinal))
            response.Config.Add(Config(client, contents: !request.ExcludeResourceContents));
        return response;
    }

    private static ClientConfig Config(AppliedClient client, bool contents)
    {
        var config = new ClientConfig
        {
            Node = new Node { Id = client.Node.Id, Cluster = client.Node.Cluster, UserAgentName = client.Node.UserAgent },
        };
        var types = client.View().Types.ToDictionary(t => t.Type, StringComparer.Ordinal);
        foreach (var resource in client.Holdings?.Invoke() ?? [])
        {
            if (!types.TryGetValue(resource.Type.ToString(), out var state)) continue;
            var entry = new ClientConfig.Types.GenericXdsConfig
            {
                TypeUrl = resource.Type.Url,
                Name = resource.Name,
                VersionInfo = resource.Version,
                LastUpdated = state.Time is { } at ? Timestamp.FromDateTimeOffset(at) : null,
                ConfigStatus = Status(state.State),
                ClientStatus = Taken(state.State),
            };
            if (contents)
                entry.XdsConfig = resource.Type.IsConfidential
                    ? CanonicalProtobuf.Pack(resource.Type.ReadForPeople(resource.Packed.Value))
                    : resource.Packed;
            if (state.Nack is { } nack) entry.ErrorState = new UpdateFailureState { Details = nack, VersionInfo = state.SentVersion ?? "" };
            config.GenericXdsConfigs.Add(entry);
        }

        return config;
    }

    private static ConfigStatus Status(string? state) => state switch
    {
        "SYNCED" => ConfigStatus.Synced,
        "STALE" => ConfigStatus.Stale,
        "NACKED" => ConfigStatus.Error,
        _ => ConfigStatus.NotSent,
    };

    private static ClientResourceStatus Taken(string? state) => state switch
    {
        "SYNCED" => ClientResourceStatus.Acked,
        "NACKED" => ClientResourceStatus.Nacked,
        _ => ClientResourceStatus.Requested,
    };

    private static bool Wanted(string id, ClientStatusRequest request) =>
        request.NodeMatchers.Count == 0 || request.NodeMatchers.Any(m => m.NodeId is null || Matches(id, m.NodeId));

    private static bool Matches(string id, StringMatcher matcher)
    {
        var comparison = matcher.IgnoreCase ? StringComparison.OrdinalIgnoreCase : StringComparison.Ordinal;
        return matcher.MatchPatternCase switch
        {
            StringMatcher.MatchPatternOneofCase.Exact => id.Equals(matcher.Exact, comparison),
            StringMatcher.MatchPatternOneofCase.Prefix => id.StartsWith(matcher.Prefix, comparison),
            StringMatcher.MatchPatternOneofCase.Suffix => id.EndsWith(matcher.Suffix, comparison),
            StringMatcher.MatchPatternOneofCase.Contains => id.Contains(matcher.Contains, comparison),
            StringMatcher.MatchPatternOneofCase.SafeRegex => MatchesPattern(id, matcher.SafeRegex.Regex),
            _ => true,
        };
    }

    private static bool MatchesPattern(string id, string pattern)
    {
        try
        {
            return Regex.IsMatch(id, string.Create(CultureInfo.InvariantCulture, $"^(?:{pattern})$"), RegexOptions.NonBacktracking,
                MatchPatience);
        }
        catch (Exception exception) when (exception is ArgumentException or NotSupportedException or RegexMatchTimeoutException)
        {
            throw new RpcException(
                new Status(StatusCode.InvalidArgument, Printable.Of($"The pattern '{pattern}' cannot be used: {exception.Message}")));
        }
    }
}
