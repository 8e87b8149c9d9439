using Microsoft.Extensions.Configuration;

namespace Mesh.AppHost.Settings;

/// <summary>How Aspire's dashboard runs here: in plain http on loopback, on a port worth knowing, with nothing left behind.</summary>
internal static class DashboardSettings
{
    private const string Loopback = "127.0.0.1,localhost,::1";

    /// <summary>
    /// Keeps what is said on this machine from a proxy that the shell names, for this process and for all that it starts: nothing would
    /// ever get ready.
    /// </summary>
    public static void BypassProxies()
    {
        var set = Environment.GetEnvironmentVariable("no_proxy") ?? Environment.GetEnvironmentVariable("NO_PROXY");
        var all = string.IsNullOrEmpty(set) ? Loopback : $"{set},{Loopback}";
        Environment.SetEnvironmentVariable("NO_PROXY", all);
        Environment.SetEnvironmentVariable("no_proxy", all);
    }

    public static void Apply(ConfigurationManager configuration, string url)
    {
        // Without it Aspire wants a development certificate, which a machine with only the SDK may not have.
        configuration["ASPIRE_ALLOW_UNSECURED_TRANSPORT"] = "true";
        // What Aspire takes for the dashboard's address. In the environment it would be meant for the hosts.
        configuration["ASPNETCORE_URLS"] = url;
        // Asks NuGet for newer versions of Aspire.
        configuration["ASPIRE_VERSION_CHECK_DISABLED"] = "true";
        configuration["ASPIRE_DASHBOARD_TELEMETRY_OPTOUT"] = "true";
    }
}
