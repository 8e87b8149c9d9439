using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server.Features;

namespace Mesh.ServiceDefaults.Listening;

/// <summary>
/// Takes away the addresses that hosting itself hands to Kestrel: they are bound here already, and Kestrel would warn at every start
/// that they are overridden.
/// </summary>
internal sealed class HostingUrlsFilter : IStartupFilter
{
    public Action<IApplicationBuilder> Configure(Action<IApplicationBuilder> next) => app =>
    {
        if (app.ServerFeatures.Get<IServerAddressesFeature>() is { Addresses: { IsReadOnly: false } addresses })
            addresses.Clear();
        next(app);
    };
}
