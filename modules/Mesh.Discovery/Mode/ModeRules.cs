using Mesh.Contracts.Discovery;
using Mesh.Discovery.Register;
using Mesh.Kernel.Values;

namespace Mesh.Discovery.Mode;

/// <summary>Checks a mode as it was asked for.</summary>
internal static class ModeRules
{
    public static InstanceMode Read(string? text, string field, Faults faults)
    {
        switch (text)
        {
            case "active": return InstanceMode.Active;
            case "draining": return InstanceMode.Draining;
            case "maintenance": return InstanceMode.Maintenance;
            case null or "":
                if (!faults.Has(field)) faults.Add(field, "missing", $"'{field}' is required: active, draining or maintenance.");
                return default;
            default:
                faults.Add(field, "unknown-value",
                    $"'{RegisterRules.Shortened(text)}' is not a mode; use active, draining or maintenance.");
                return default;
        }
    }
}
