namespace Mesh.Kernel.Catalog;

/// <summary>Identity of a service: <c>namespace/name</c>, both DNS labels (RFC 1123).</summary>
public readonly record struct ServiceKey(string Namespace, string Name) : IComparable<ServiceKey>
{
    /// <summary>The namespace if none is set.</summary>
    public const string DefaultNamespace = "default";

    /// <summary>The name that data planes know: <c>name</c> in <c>default</c>, else <c>name.namespace</c>.</summary>
    public string MeshName => Namespace == DefaultNamespace ? Name : $"{Name}.{Namespace}";

    /// <summary>The service of two names that were checked; null where one was at fault.</summary>
    public static ServiceKey? Of(string? @namespace, string? name) => @namespace is null || name is null ? null : new(@namespace, name);

    /// <summary>Parses <see cref="MeshName"/>.</summary>
    public static ServiceKey FromMeshName(string name)
    {
        var dot = name.IndexOf('.');
        return dot < 0 ? new(DefaultNamespace, name) : new(name[(dot + 1)..], name[..dot]);
    }

    /// <inheritdoc/>
    public int CompareTo(ServiceKey other) =>
        string.CompareOrdinal(Namespace, other.Namespace) is var order && order != 0 ? order : string.CompareOrdinal(Name, other.Name);

    /// <inheritdoc/>
    public override string ToString() => $"{Namespace}/{Name}";
}
