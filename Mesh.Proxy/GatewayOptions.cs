using System.ComponentModel.DataAnnotations;

namespace Mesh.Proxy;

/// <summary>Settings of the gateway: configuration section <c>Mesh:Gateway</c>.</summary>
public sealed class GatewayOptions
{
    /// <summary>Where these settings stand.</summary>
    public const string Section = "Mesh:Gateway";

    /// <summary>A request or stream on which nothing moves for this long is ended. <value>5 min</value></summary>
    [Range(typeof(TimeSpan), "00:00:01", "1.00:00:00")]
    public TimeSpan IdleTimeout { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>
    /// How long a request for a service that is not known waits for the control plane's word that there is none: one that was registered a
    /// moment ago may be on its way. <value>2 s</value>
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00", "00:01:00")]
    public TimeSpan LookupTimeout { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>To how many endpoints a request is offered while none of them can be reached. <value>4</value></summary>
    [Range(1, 20)]
    public int MaxAttempts { get; set; } = 4;

    /// <summary>For how long an endpoint that could not be reached is chosen only when there is no other. <value>1 s</value></summary>
    [Range(typeof(TimeSpan), "00:00:00", "00:10:00")]
    public TimeSpan AvoidFor { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>
    /// How long an unused connection to an endpoint is kept. Shorter than what common servers do (5 s in node), so that it is this side
    /// that ends it and no request is written to a connection that the other side is just closing. <value>4 s</value>
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00.100", "01:00:00")]
    public TimeSpan IdleConnection { get; set; } = TimeSpan.FromSeconds(4);

    /// <summary>
    /// Up to how many bytes of a request's body are kept for sending it again where its route has retries, and for its copies where it has
    /// mirrors.
    /// <value>64 KB</value>
    /// </summary>
    [Range(0, 16 * 1024 * 1024)]
    public int ReplayLimit { get; set; } = 64 * 1024;

    /// <summary>How many copies of requests may be in progress; beyond that there are none. <value>256</value></summary>
    [Range(0, 100_000)]
    public int MaxMirrors { get; set; } = 256;

    /// <summary>
    /// How long a request waits for the control plane's word on a global rate limit; after that it passes. <value>100 ms</value>
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00.001", "00:01:00")]
    public TimeSpan RateLimitTimeout { get; set; } = TimeSpan.FromMilliseconds(100);

    /// <summary>
    /// Whether answers tell in <c>x-mesh-*</c> headers which route, cluster and endpoint they are from. <value>false</value>
    /// </summary>
    public bool DebugHeaders { get; set; }

    /// <summary>Whether each request is logged in a line. <value>false</value></summary>
    public bool AccessLog { get; set; }

    /// <summary>
    /// Whether what a client says in <c>X-Forwarded-*</c> is kept and added to, and its <c>Forwarded</c> passed on as it is: only behind a
    /// proxy that sets them. <value>false</value>
    /// </summary>
    public bool TrustForwardedHeaders { get; set; }
}
