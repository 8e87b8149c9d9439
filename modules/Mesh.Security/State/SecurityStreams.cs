namespace Mesh.Security.State;

/// <summary>Names of security's streams: one for each mutual TLS mode, so that each has a version of its own.</summary>
public static class SecurityStreams
{
    private const string Prefix = "security/", Suffix = "/mtls";

    /// <summary>The mode of a service, or the default of a namespace.</summary>
    public static string Mtls(MtlsScope scope) =>
        scope.Service is null ? $"{Prefix}{scope.Namespace}{Suffix}" : $"{Prefix}{scope.Namespace}/{scope.Service}{Suffix}";

    /// <summary>Whose mode a stream holds; null if it is none of those.</summary>
    public static MtlsScope? ScopeOf(string stream)
    {
        if (!stream.StartsWith(Prefix, StringComparison.Ordinal) || !stream.EndsWith(Suffix, StringComparison.Ordinal)
            || stream.Length <= Prefix.Length + Suffix.Length) return null;
        var names = stream.AsSpan()[Prefix.Length..^Suffix.Length];
        var slash = names.IndexOf('/');
        if (slash < 0) return new(names.ToString(), null);
        var service = names[(slash + 1)..];
        return slash == 0 || service.IsEmpty || service.Contains('/') ? null : new(names[..slash].ToString(), service.ToString());
    }
}
