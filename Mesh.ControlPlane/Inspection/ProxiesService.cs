using System.Globalization;
using Grpc.Core;
using Mesh.Contracts.Rest;
using Mesh.ControlPlane.Applied;
using V1 = Mesh.Contracts.V1;

namespace Mesh.ControlPlane.Inspection;

/// <summary>The applied table over gRPC: <c>cdaprod.mesh.v1.Proxies</c>.</summary>
internal sealed class ProxiesService(AppliedMirror mirror, TimeProvider time, IHostApplicationLifetime lifetime) : V1.Proxies.ProxiesBase
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    public override Task<V1.ProxyList> ListProxies(V1.ListProxiesRequest request, ServerCallContext context) =>
        ListAsync(request, context.CancellationToken);

    public override async Task Watch(V1.ListProxiesRequest request, IServerStreamWriter<V1.ProxyList> responseStream,
        ServerCallContext context)
    {
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(context.CancellationToken, lifetime.ApplicationStopping);
        using var timer = new PeriodicTimer(Pause, time);
        V1.ProxyList? last = null;
        try
        {
            do
            {
                var now = await ListAsync(request, ending.Token);
                if (now.Equals(last)) continue;
                await responseStream.WriteAsync(now, ending.Token);
                last = now;
            }
            while (await timer.WaitForNextTickAsync(ending.Token));
        }
        catch (OperationCanceledException)
        {
            // The watcher left, or the host is stopping: either way the stream ends here.
        }
    }

    private async Task<V1.ProxyList> ListAsync(V1.ListProxiesRequest request, CancellationToken cancellationToken)
    {
        var all = await mirror.ListAsync(cancellationToken);
        var list = new V1.ProxyList();
        list.Items.AddRange(all.Items.Where(p => request.Node.Length == 0 || p.Node == request.Node).Select(Message));
        return list;
    }

    private static V1.Proxy Message(ProxyAnswer proxy)
    {
        var message = new V1.Proxy
        {
            Node = proxy.Node,
            Cluster = proxy.Cluster ?? "",
            Flavour = proxy.Flavour ?? "",
            Address = proxy.Address ?? "",
            ControlPlane = proxy.ControlPlane ?? "",
            ConnectedAt = Rfc3339(proxy.ConnectedAt),
            Sequence = proxy.Sequence ?? 0,
        };
        message.Types_.AddRange(proxy.Types.Select(type => new V1.ProxyType
        {
            Type = type.Type,
            SentVersion = type.SentVersion ?? "",
            AckedVersion = type.AckedVersion ?? "",
            Sequence = type.Sequence ?? 0,
            Time = Rfc3339(type.Time),
            Nack = type.Nack ?? "",
            State = type.State ?? "",
        }));
        return message;
    }

    private static string Rfc3339(DateTimeOffset? time) => time?.UtcDateTime.ToString("O", CultureInfo.InvariantCulture) ?? "";
}
