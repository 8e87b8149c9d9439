using System.Net.Sockets;

namespace Aspire.Hosting.ApplicationModel;

/// <summary>A port a resource listens on.</summary>
public sealed class EndpointAnnotation(ProtocolType protocol, string? uriScheme = null, string? name = null, int? port = null, int? targetPort = null) : IResourceAnnotation
{
    public string Name { get; set; } = name ?? uriScheme ?? "tcp";

    public ProtocolType Protocol { get; set; } = protocol;

    public string UriScheme { get; set; } = uriScheme ?? "tcp";

    /// <summary>The port asked for; null takes a free one.</summary>
    public int? Port { get; set; } = port;

    /// <summary>The port the process listens on; the local engine has no proxy in between, so it is <see cref="Port"/>.</summary>
    public int? TargetPort { get; set; } = targetPort;

    public bool IsExternal { get; set; }

    /// <summary>The variable that tells the process its port; null where <c>ASPNETCORE_URLS</c> does.</summary>
    internal string? EnvironmentVariable { get; init; }

    /// <summary>The port it got; null before the start.</summary>
    internal int? AllocatedPort { get; set; }
}
