using Mesh.Contracts.Security;

namespace Mesh.Security.Mtls;

/// <summary>Mutual TLS modes as they are written.</summary>
public static class MtlsModes
{
    /// <summary>All of them.</summary>
    public static IReadOnlyList<MtlsMode> All { get; } = Enum.GetValues<MtlsMode>();

    /// <summary>The mode as it is written, such as <c>strict</c>.</summary>
    public static string NameOf(MtlsMode mode) => mode switch
    {
        MtlsMode.Permissive => "permissive",
        MtlsMode.Strict => "strict",
        _ => "disable",
    };

    /// <summary>Reads a mode as it is written; null where there is none of that name.</summary>
    public static MtlsMode? Parse(string text)
    {
        foreach (var mode in All)
        {
            if (NameOf(mode) == text) return mode;
        }

        return null;
    }
}
