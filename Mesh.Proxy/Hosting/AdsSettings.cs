using Mesh.DataPlane.Ads;
using Mesh.Kernel.Settings;
using Mesh.Proxy.Sidecar;
using Mesh.Proxy.Tcp;
using Mesh.Xds.Resources;

namespace Mesh.Proxy.Hosting;

/// <summary>
/// Where the gateway finds its control planes: <c>services__controlplane__http__0</c> and following (Aspire's way), else
/// <c>Mesh__ControlPlane</c> (several separated by commas), else <c>http://127.0.0.1:7410</c>.
/// </summary>
internal static class AdsSettings
{
    private const string DefaultControlPlane = "http://127.0.0.1:7410";

    public static AdsOptions From(IConfiguration configuration)
    {
        var options = new AdsOptions
        {
            ControlPlanes = ControlPlanes(configuration),
            NodeId = configuration["Mesh:NodeId"] is { Length: > 0 } id ? id : $"gateway@{Environment.MachineName}",
            Cluster = "gateway",
            Zone = configuration["Mesh:Zone"] is { Length: > 0 } zone ? zone : null,
        };
        if (configuration["Mesh:Service"] is { Length: > 0 } service)
            options.Service = Service(service, "Mesh__Service");
        if (configuration["Mesh:Upstreams"] is { Length: > 0 } upstreams)
            options.Upstreams = Upstreams(upstreams);
        if (configuration["Mesh:Secrets"] is { Length: > 0 } secrets)
            options.Secrets = Split(secrets);
        if (SidecarHosting.IsSidecar(configuration))
            Beside(options, configuration.GetSection(SidecarOptions.Section).Get<SidecarOptions>()!, configuration);
        // What a port is set for is needed, whatever else is declared.
        if (!options.Wildcard && configuration.GetSection(TcpOptions.Section).Get<TcpOptions>() is { } tcp)
            options.Upstreams = [.. options.Upstreams, .. tcp.Listeners.Select(l => l.Service)];
        if (configuration.GetValue<TimeSpan?>("Mesh:ReadyFromFileAfter") is { } patience)
            options.ReadyFromFileAfter = patience;
        options.LastGoodFile = Path.Combine(configuration.MeshDataFolder(), "data-plane", FileNameOf(options.NodeId));
        return options;
    }

    // Nobody gets the whole mesh for one application: what it declares and itself, and what it asks for on its way.
    private static void Beside(AdsOptions options, SidecarOptions sidecar, IConfiguration configuration)
    {
        options.Service = XdsNames.Canonical(sidecar.Service);
        options.Cluster = "sidecar";
        options.OnDemand = sidecar.OnDemand;
        options.Upstreams = [.. configuration["Mesh:Upstreams"] is { Length: > 0 } declared ? Upstreams(declared) : [], options.Service];
        if (configuration["Mesh:NodeId"] is not { Length: > 0 })
            options.NodeId = $"{options.Service}@{sidecar.Instance}";
    }

    private static Uri[] ControlPlanes(IConfiguration configuration)
    {
        var references = configuration.GetSection("services:controlplane:http").GetChildren().OrderBy(c => c.Key, StringComparer.Ordinal);
        string[] given = [.. references.Select(c => c.Value).OfType<string>()];
        if (given.Length == 0)
            given = Split(configuration["Mesh:ControlPlane"] is { Length: > 0 } one ? one : DefaultControlPlane);
        return [.. given.Select(Address)];
    }

    private static Uri Address(string text) =>
        Uri.TryCreate(text, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https"
            ? uri
            : throw new SettingException(
                $"'{text}' in Mesh__ControlPlane (or services__controlplane__http__0) is not the address of a control plane; write it "
                    + $"as {DefaultControlPlane}.");

    // Each a service, with a port that Envoy's listener is bound to or without; or all of them.
    private static string[] Upstreams(string list) =>
        [.. Split(list).Select(
            upstream => upstream == "*"
                ? upstream
                : (upstream.IndexOf(':') is > 0 and var colon
                    ? Service(upstream[..colon], "Mesh__Upstreams") + upstream[colon..]
                    : Service(upstream, "Mesh__Upstreams")))];

    private static string Service(string text, string setting) =>
        XdsNames.IsService(XdsNames.Canonical(text))
            ? text
            : throw new SettingException($"'{text}' in {setting} is not a valid service name; write it as shop or shop.billing.");

    private static string[] Split(string list) => list.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);

    private static string FileNameOf(string nodeId) =>
        string.Concat(nodeId.Select(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '.' or '@' ? c : '_')) + ".xds";
}
