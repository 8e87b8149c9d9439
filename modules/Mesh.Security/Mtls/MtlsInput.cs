using Mesh.Contracts.Security;
using Mesh.Kernel.Catalog;
using Mesh.Kernel.Values;
using Mesh.Security.State;

namespace Mesh.Security.Mtls;

/// <summary>Reads writes of mutual TLS modes (Flow step 1). Finds every fault, not only the first.</summary>
public static class MtlsInput
{
    /// <summary>The service or namespace that fields name, and the mode; null for what is at fault.</summary>
    public static (MtlsScope? Scope, MtlsMode? Mode) Read(JsonFields fields, Faults faults)
    {
        var scope = Scope(fields, faults);
        return (scope, Mode(fields.Text("mode"), faults));
    }

    /// <summary>The service or namespace that fields name; null with a fault.</summary>
    public static MtlsScope? Scope(JsonFields fields, Faults faults) =>
        Scope(fields.NonEmpty("service"), fields.NonEmpty("namespace"), faults);

    /// <summary>
    /// The service, or with a namespace alone its default; null with a fault. Whoever names neither has forgotten something: a whole
    /// namespace is never meant by that.
    /// </summary>
    public static MtlsScope? Scope(string? service, string? @namespace, Faults faults)
    {
        if (service is null && @namespace is null)
        {
            if (!faults.Has("service") && !faults.Has("namespace"))
                faults.Add("service", "missing", "Set 'service', or 'namespace' alone for the default of a namespace.");
            return null;
        }

        var name = service is null ? null : Labels.Read(service, "service", null, faults);
        var space = Labels.Read(@namespace, "namespace", ServiceKey.DefaultNamespace, faults);
        return space is null || faults.Has("service") ? null : new MtlsScope(space, name);
    }

    private static MtlsMode? Mode(string? text, Faults faults)
    {
        if (string.IsNullOrEmpty(text)) return MtlsMode.Strict;
        if (MtlsModes.Parse(text) is { } mode) return mode;
        faults.Add("mode", "unknown-mode",
            $"'{(text.Length <= 80 ? text : text[..80] + "…")}' is not a mutual TLS mode; the modes are: "
                + $"{string.Join(", ", MtlsModes.All.Select(MtlsModes.NameOf))}.");
        return null;
    }
}
