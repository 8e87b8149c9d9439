using System.Reflection;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using System.Text.RegularExpressions;
using Mesh.Contracts.Discovery;
using Mesh.Contracts.Resilience;
using Mesh.Contracts.Security;
using Mesh.Contracts.Traffic;
using Mesh.Discovery.State;
using Mesh.Messaging.Kafka;
using Mesh.Resilience.State;
using Mesh.Security.State;
using Mesh.Tests.Support;
using Mesh.Traffic.State;

namespace Mesh.Tests.Messaging.Kafka;

/// <summary>The description of the topic tells what is really published.</summary>
public class AsyncApiTests
{
    private static readonly string Document = File.ReadAllText(Path.Combine(RepositoryRoot.Path, "docs", "asyncapi.yaml"));

    [Fact]
    public void No_mapping_says_a_key_twice()
    {
        var twice = new List<string>();
        var open = new Stack<(int Indent, HashSet<string> Keys)>();
        foreach (var (number, line) in Document.Split('\n').Index()
            .Where(line => line.Item.TrimStart() is { Length: > 0 } text && text[0] != '#'))
        {
            if (Regex.Match(line, @"^(?<indent> *(?<item>- )?)(?<key>[\w.$/-]+):( |$)") is not { Success: true } match)
                continue;
            var indent = match.Groups["indent"].Length;
            // An item of a list is a mapping of its own, at the place of the one before.
            while (open.Count > 0 && (open.Peek().Indent > indent || (open.Peek().Indent == indent && match.Groups["item"].Success)))
                open.Pop();
            if (open.Count == 0 || open.Peek().Indent < indent) open.Push((indent, []));
            if (!open.Peek().Keys.Add(match.Groups["key"].Value)) twice.Add($"line {number + 1}: {match.Groups["key"].Value}");

            foreach (Match braces in Regex.Matches(line, @"\{[^{}]*\}"))
                twice.AddRange(Regex.Matches(braces.Value, @"[{,] *([\w$]+): ").Select(key => key.Groups[1].Value).GroupBy(key => key)
                    .Where(keys => keys.Count() > 1).Select(keys => $"line {number + 1}: {keys.Key}"));
        }

        Assert.Empty(twice);
    }

    [Fact]
    public void Every_event_type_and_no_other_is_described()
    {
        var described = Regex.Matches(Document, @"^      name: (\S+)$", RegexOptions.Multiline).Select(match => match.Groups[1].Value)
            .Where(name => name != "cdaprod.mesh.discovery.service-discovery-updated.v1");
        Assert.Equal(
            new DiscoveryFold().Steps.Keys.Concat(new ResilienceFold().Steps.Keys).Concat(new TrafficFold().Steps.Keys)
                .Concat(new SecurityFold().Steps.Keys).Order(StringComparer.Ordinal), described.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Every_header_and_no_other_is_described()
    {
        var described = Regex.Matches(Document, @"^        (ce_[a-z0-9]+|content-type): \{", RegexOptions.Multiline)
            .Select(match => match.Groups[1].Value);
        var written = typeof(EventHeader).GetFields(BindingFlags.Public | BindingFlags.Static)
            .Select(field => (string)field.GetRawConstantValue()!);
        Assert.Equal(written.Order(StringComparer.Ordinal), described.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Every_member_of_a_payload_is_described()
    {
        JsonTypeInfo[] types = [DiscoveryJson.Default.ServiceRegistered,
            DiscoveryJson.Default.ServiceDeregistered, DiscoveryJson.Default.ServiceSettingsChanged, DiscoveryJson.Default.ServiceSettings,
            DiscoveryJson.Default.DefaultsApplied, DiscoveryJson.Default.InstanceHealthChanged, DiscoveryJson.Default.InstanceStatus,
            DiscoveryJson.Default.AddressesResolved, DiscoveryJson.Default.ResolvedAddress,
            DiscoveryJson.Default.ServiceDiscoveryUpdated, DiscoveryJson.Default.DiscoveredInstance,
            ResilienceJson.Default.CircuitBreakerSet, ResilienceJson.Default.CircuitBreakerPolicy, ResilienceJson.Default.BulkheadPolicy,
            ResilienceJson.Default.OutlierDetectionPolicy, ResilienceJson.Default.SuccessRateDetection,
            ResilienceJson.Default.FailurePercentageDetection,
            ResilienceJson.Default.RateLimitPolicy, ResilienceJson.Default.TimeoutPolicy, ResilienceJson.Default.FallbackPolicy,
            ResilienceJson.Default.PolicyRemoved,
            ResilienceJson.Default.CircuitOpened, ResilienceJson.Default.CircuitClosed, ResilienceJson.Default.InstanceEjected,
            ResilienceJson.Default.BulkheadRejected,
            TrafficJson.Default.RouteSet, TrafficJson.Default.RouteRemoved, TrafficJson.Default.RouteSpec,
            TrafficJson.Default.RouteMatchSpec, TrafficJson.Default.PathMatchSpec,
            TrafficJson.Default.ValueMatchSpec, TrafficJson.Default.GrpcMatchSpec, TrafficJson.Default.SourceMatchSpec,
            TrafficJson.Default.DestinationSpec, TrafficJson.Default.MirrorSpec,
            TrafficJson.Default.RedirectSpec, TrafficJson.Default.DirectResponseSpec, TrafficJson.Default.RetrySpec,
            TrafficJson.Default.BackoffSpec, TrafficJson.Default.RewriteSpec,
            TrafficJson.Default.HeadersSpec, TrafficJson.Default.HeaderChangesSpec, TrafficJson.Default.FaultSpec,
            TrafficJson.Default.DelaySpec, TrafficJson.Default.AbortSpec,
            TrafficJson.Default.HashSpec, TrafficJson.Default.CookieSpec, TrafficJson.Default.TrafficPolicySet,
            TrafficJson.Default.TrafficPolicyRemoved,
            TrafficJson.Default.CanaryStarted, TrafficJson.Default.CanarySpec, TrafficJson.Default.CanarySuccessSpec,
            TrafficJson.Default.CanaryAdvanced, TrafficJson.Default.CanaryObservation, TrafficJson.Default.ObservedLoad,
            TrafficJson.Default.CanaryCompleted, TrafficJson.Default.CanaryAborted, TrafficJson.Default.BlueGreenSwitched,
            TrafficJson.Default.BlueGreenRolledBack,
            TrafficJson.Default.RolloutStarted, TrafficJson.Default.RolloutAdvanced, TrafficJson.Default.RolloutPaused,
            TrafficJson.Default.RolloutResumed, TrafficJson.Default.RolloutHalted,
            TrafficJson.Default.RolloutEnded, TrafficJson.Default.RolloutSpec,
            TrafficJson.Default.TrafficPolicySpec, TrafficJson.Default.SubsetSpec, TrafficJson.Default.LoadBalancingSpec,
            SecurityJson.Default.MtlsModeSet, SecurityJson.Default.MtlsModeRemoved];
        // These two have converters of their own, which the generated shape cannot look into. What is computed of other members is not
        // written.
        var byHand = new[] { typeof(InstanceSpec), typeof(HealthCheckSpec) }
            .SelectMany(type => type.GetProperties(BindingFlags.Public | BindingFlags.Instance))
            .Where(property => property.CanWrite).Select(property => JsonNamingPolicy.CamelCase.ConvertName(property.Name));
        Assert.DoesNotContain(types.SelectMany(type => type.Properties.Select(property => property.Name)).Concat(byHand),
            name => !Regex.IsMatch(Document, $@"^ +{name}:", RegexOptions.Multiline));
    }
}
