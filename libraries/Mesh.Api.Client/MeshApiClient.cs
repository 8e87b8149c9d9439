using Mesh.Api.Client.Operations;
using Mesh.Api.Client.Transport;

namespace Mesh.Api.Client;

/// <summary>
/// The operations of a Registry over REST (Flow step 1). Reads are repeated while the Registry does not answer; writes too, under one
/// Idempotency-Key, so that each is
/// done once. Safe for concurrent use.
/// </summary>
public sealed class MeshApiClient : IDisposable
{
    private readonly HttpClient? _owned;

    /// <summary>A client with connections of its own.</summary>
    /// <param name="registry">Base address of the Registry, such as <c>http://127.0.0.1:7400</c>.</param>
    /// <param name="options">Timeouts and retries; null for the defaults.</param>
    public MeshApiClient(Uri registry, MeshApiOptions? options = null)
        : this(registry, new HttpClient { Timeout = Timeout.InfiniteTimeSpan }, options) => _owned = Http;

    /// <summary>A client over connections that the caller owns and disposes.</summary>
    /// <param name="registry">Base address of the Registry, such as <c>http://127.0.0.1:7400</c>.</param>
    /// <param name="http">Sends the requests. Its own timeout ends an attempt too: long polls need one that is longer than they
    /// wait.</param>
    /// <param name="options">Timeouts and retries; null for the defaults.</param>
    public MeshApiClient(Uri registry, HttpClient http, MeshApiOptions? options = null)
    {
        Http = http;
        var transport = new ApiTransport(http, registry, options ?? new MeshApiOptions());
        (Discovery, Resilience, Log) = (new(transport), new(transport), new(transport));
        (Routes, TrafficPolicies, Rollouts) = (new(transport), new(transport), new(transport));
        (Canaries, BlueGreen, DeadLetters) = (new(transport), new(transport), new(transport));
        (Authority, Credentials, Certificates) = (new(transport), new(transport), new(transport));
        Mtls = new(transport);
    }

    /// <summary>Services and their instances.</summary>
    public DiscoveryApi Discovery { get; }

    /// <summary>Circuit breakers, bulkheads, outlier detection, rate limits, timeouts and fallbacks.</summary>
    public ResilienceApi Resilience { get; }

    /// <summary>Which requests of a service go where.</summary>
    public RouteApi Routes { get; }

    /// <summary>How a service's instances are chosen from.</summary>
    public TrafficPolicyApi TrafficPolicies { get; }

    /// <summary>Changes of routes that a share of a service's clients gets first.</summary>
    public RolloutApi Rollouts { get; }

    /// <summary>New versions that get more and more of the requests.</summary>
    public CanaryApi Canaries { get; }

    /// <summary>Switches of all requests at once.</summary>
    public BlueGreenApi BlueGreen { get; }

    /// <summary>The certificate authority.</summary>
    public AuthorityApi Authority { get; }

    /// <summary>Join tokens and the deny list.</summary>
    public CredentialApi Credentials { get; }

    /// <summary>Certificates for workloads.</summary>
    public CertificateApi Certificates { get; }

    /// <summary>Mutual TLS modes.</summary>
    public MtlsApi Mtls { get; }

    /// <summary>The log, the states that it holds, and how the Registry is doing.</summary>
    public LogApi Log { get; }

    /// <summary>Keys that workers have given up on.</summary>
    public DeadLetterApi DeadLetters { get; }

    private HttpClient Http { get; }

    /// <summary>Closes the connections that this client made for itself.</summary>
    public void Dispose() => _owned?.Dispose();
}
