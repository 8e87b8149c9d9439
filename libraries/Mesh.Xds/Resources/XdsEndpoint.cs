namespace Mesh.Xds.Resources;

/// <summary>One address of a service as the compiler knows it.</summary>
/// <param name="Address">An IP address; EDS carries no host names.</param>
/// <param name="Port">1 to 65535.</param>
/// <param name="Weight">Share of the traffic relative to its neighbours; 0 takes it out.</param>
/// <param name="Zone">Empty when it has none.</param>
/// <param name="Instance">The instance's id.</param>
/// <param name="Version">The instance's version; empty when it has none.</param>
/// <param name="Protocol">http, grpc or tcp.</param>
/// <param name="Warning">Its checks warn: it stays in, with its health stated as unknown, which every data plane takes for usable.</param>
public sealed record XdsEndpoint(
    string Address, int Port, uint Weight, string Zone, string Instance, string Version, string Protocol, bool Warning)
{
    /// <summary>Whether it takes TLS of the mesh, as its label <see cref="TransportSockets.TlsLabel"/> says.</summary>
    public bool TakesTls { get; init; }
}
