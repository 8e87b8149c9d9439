using Mesh.Kernel.Catalog;

namespace Mesh.Security.State;

/// <summary>What a mutual TLS mode is set for.</summary>
/// <param name="Namespace">The namespace.</param>
/// <param name="Service">One service of it; null for the default of the namespace.</param>
public readonly record struct MtlsScope(string Namespace, string? Service)
{
    /// <summary>One service.</summary>
    public static MtlsScope Of(ServiceKey service) => new(service.Namespace, service.Name);

    /// <inheritdoc/>
    public override string ToString() => Service is null ? $"namespace {Namespace}" : $"{Namespace}/{Service}";
}
