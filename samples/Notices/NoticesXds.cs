using Mesh.Kernel.Catalog;
using Mesh.Kernel.State;
using Mesh.Kernel.Xds;
using Mesh.Xds.Protos;
using Mesh.Xds.Resources;

namespace Notices;

/// <summary>Data planes send a service's notice along with every answer.</summary>
public sealed class NoticesXdsContributor : IXdsContributor
{
    /// <summary>The response header that holds the notice.</summary>
    public const string Header = "x-notice";

    // After all that may draft routes.
    /// <inheritdoc/>
    public int Order => 100;

    /// <inheritdoc/>
    public IEnumerable<ServiceKey> Services(MeshState state) => NoticesState.Of(state).All.Keys;

    /// <inheritdoc/>
    public IEnumerable<ServiceKey> Affected(MeshState state, string stream) => NoticesState.KeyOf(stream) is { } key ? [key] : [];

    /// <inheritdoc/>
    public object? Shape(MeshState state, ServiceKey service) => NoticesState.Of(state).All.GetValueOrDefault(service)?.Text;

    /// <inheritdoc/>
    public void Configure(XdsDraft draft)
    {
        if (draft.Flavour == XdsFlavour.Grpc || draft.Routes is null
            || NoticesState.Of(draft.State).All.GetValueOrDefault(draft.Service) is not { } notice) return;
        foreach (var route in draft.Routes.VirtualHosts.SelectMany(host => host.Routes))
            route.ResponseHeadersToAdd.Add(new HeaderValueOption
            {
                Header = new HeaderValue { Key = Header, Value = notice.Text.Replace("%", "%%", StringComparison.Ordinal) },
            });
    }

    /// <inheritdoc/>
    public void Endpoints(XdsEndpointsDraft draft)
    {
    }
}

/// <summary>What explaining a route says beside it.</summary>
public sealed class NoticeGaps : IClientGaps
{
    /// <inheritdoc/>
    public IEnumerable<string> Of(MeshState state, ServiceKey service, string? route) =>
        NoticesState.Of(state).All.ContainsKey(service) ? ["notice: gRPC's own clients (xds:///) send none"] : [];
}
