using System.ComponentModel.DataAnnotations;

namespace Mesh.Kernel.Loads;

/// <summary>Settings of the windows of load, from the section <c>Mesh:Loads</c>. All processes of a mesh must have the same.</summary>
public sealed class LoadWindowOptions
{
    /// <summary>How long a window is kept: who asks for what is older gets what is left. <value>2 h</value></summary>
    [Range(typeof(TimeSpan), "00:10:00", "12:00:00")]
    public TimeSpan Retention { get; set; } = TimeSpan.FromHours(2);
}
