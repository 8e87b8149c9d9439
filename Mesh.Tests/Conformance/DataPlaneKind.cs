using Mesh.Tests.Conformance.DataPlanes;

namespace Mesh.Tests.Conformance;

/// <summary>A data plane that the suite knows. Another one joins by a line in <see cref="All"/>.</summary>
/// <param name="Name">Heading of its column in <c>docs/data-planes.md</c>.</param>
/// <param name="Protocol">What services are registered with for it: <c>grpc</c> or <c>http</c>.</param>
/// <param name="Start">Starts it, or takes the one that runs.</param>
internal sealed record DataPlaneKind(string Name, string Protocol, Func<ConformanceMesh, Task<IDataPlane>> Start)
{
    /// <summary>By scenario: what it does instead. The suite asserts that, too.</summary>
    public IReadOnlyDictionary<string, string> Lacks { get; init; } = new Dictionary<string, string>();

    /// <summary>Whether it can be given a ring of hashes.</summary>
    public bool HasRings { get; init; } = true;

    /// <summary>
    /// Whether it has taken over what it has accepted: else calls go on to instances that are gone from its list until one of the new ones
    /// is connected.
    /// </summary>
    public bool IsDoneWhenAcked { get; init; } = true;

    public bool IsGrpc => Protocol == "grpc";

    public static IReadOnlyList<DataPlaneKind> All { get; } =
    [
        new("grpc-js", "grpc", async mesh => await GrpcDataPlane.StartJs(mesh)) { Lacks = Deviations.GrpcJs },
        new("gRPC C-core", "grpc", async mesh => await GrpcDataPlane.StartCore(mesh))
        {
            Lacks = Deviations.GrpcCore,
            HasRings = false,
            IsDoneWhenAcked = false,
        },
        new("Mesh.Proxy, gRPC", "grpc", async mesh => new GrpcGatewayDataPlane(await mesh.Gateway())) { Lacks = Deviations.GrpcGateway },
        new("Mesh.Proxy, HTTP/1.1", "http", async mesh => new HttpGatewayDataPlane(await mesh.Gateway()))
        {
            Lacks = Deviations.HttpGateway,
        },
    ];

    public override string ToString() => Name;
}
