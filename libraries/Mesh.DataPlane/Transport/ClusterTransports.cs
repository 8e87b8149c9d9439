using System.Collections.Concurrent;
using Mesh.DataPlane.Balancing;
using Mesh.DataPlane.Routing;

namespace Mesh.DataPlane.Transport;

/// <summary>
/// The connections to each cluster's endpoints: one tuned handler a cluster, kept over changes of its endpoints, and another one for those
/// endpoints with which it speaks TLS. Flow step 9.
/// </summary>
/// <param name="idleConnection">How long an unused connection is kept.</param>
/// <param name="identity">This data plane's own identity, or null where it has none.</param>
public sealed class ClusterTransports(TimeSpan idleConnection, IClientIdentity? identity = null) : IDisposable
{
    private static readonly HttpMessageInvoker WithoutCertificate = new(new Refusing());
    private readonly ConcurrentDictionary<ClusterState, Transport> _plain = new();
    private readonly ConcurrentDictionary<(ClusterState, UpstreamTls), Transport> _secure = new();

    /// <summary>The way to an endpoint of a cluster.</summary>
    public HttpMessageInvoker Of(ClusterSnapshot cluster, EndpointSnapshot endpoint) =>
        endpoint.Tls is { } tls ? Secure(cluster, tls) : Plain(cluster);

    /// <summary>
    /// Closes the connections to clusters that have been gone since the last call. Requests that are in progress keep theirs until they
    /// are done: disposing a handler closes only what is idle.
    /// </summary>
    public void Retire(RoutingSnapshot snapshot)
    {
        Retire(_plain, snapshot, static state => state);
        Retire(_secure, snapshot, static key => key.Item1);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var transport in _plain.Values.Concat(_secure.Values))
            transport.Invoker.Dispose();
    }

    private HttpMessageInvoker Plain(ClusterSnapshot cluster)
    {
        if (_plain.TryGetValue(cluster.State, out var known) && known.Fits(cluster, null))
            return known.Invoker;
        // One that no longer fits is not disposed: requests may just be taking it. Its connections end when they have been idle.
        return _plain.AddOrUpdate(cluster.State, _ => New(), (_, old) => old.Fits(cluster, null) ? old : New()).Invoker;

        Transport New() =>
            new(cluster.Name, cluster.Config.ConnectTimeout, null, UpstreamHandler.New(cluster.Config.ConnectTimeout, idleConnection));
    }

    private HttpMessageInvoker Secure(ClusterSnapshot cluster, UpstreamTls tls)
    {
        // A connection that an expired certificate has made carries nothing new either.
        if (identity?.Current is not { } certificate)
            return WithoutCertificate;
        var key = (cluster.State, tls);
        if (_secure.TryGetValue(key, out var known) && known.Fits(cluster, certificate))
            return known.Invoker;
        return _secure.AddOrUpdate(key, _ => New(), (_, old) => old.Fits(cluster, certificate) ? old : New()).Invoker;

        Transport New() => new(cluster.Name, cluster.Config.ConnectTimeout, certificate,
            UpstreamHandler.New(cluster.Config.ConnectTimeout, idleConnection, certificate, tls));
    }

    private static void Retire<TKey>(ConcurrentDictionary<TKey, Transport> all, RoutingSnapshot snapshot, Func<TKey, ClusterState> stateOf)
        where TKey : notnull
    {
        foreach (var (key, transport) in all)
        {
            if (snapshot.Clusters.Find(transport.Cluster)?.State == stateOf(key))
                transport.Gone = false;
            else if (!transport.Gone)
                transport.Gone = true;
            else if (all.TryRemove(key, out _))
                transport.Invoker.Dispose();
        }
    }

    private sealed record Transport(string Cluster, TimeSpan ConnectTimeout, IClientCertificate? Certificate, HttpMessageInvoker Invoker)
    {
        public bool Gone { get; set; }

        public bool Fits(ClusterSnapshot cluster, IClientCertificate? certificate) =>
            ConnectTimeout == cluster.Config.ConnectTimeout && ReferenceEquals(Certificate, certificate);
    }

    private sealed class Refusing : HttpMessageHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
            Task.FromException<HttpResponseMessage>(new NoCertificateException());
    }
}
