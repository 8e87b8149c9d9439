using System.Globalization;

namespace Mesh.ControlPlane.Ads;

/// <summary>What responses carry as <c>control_plane.identifier</c>: who answered, and which log sequence the answer stands for.</summary>
public static class ControlPlaneIdentifier
{
    /// <summary><c>name@sequence</c>, for example <c>control-plane-1@4711</c>.</summary>
    public static string Format(string name, long sequence) => string.Create(CultureInfo.InvariantCulture, $"{name}@{sequence}");
}
