using System.ComponentModel.DataAnnotations;
using Mesh.Xds.Resources;

namespace Mesh.ControlPlane.Settings;

/// <summary>Settings of a control plane, from the section <c>Mesh:ControlPlane</c>.</summary>
public sealed class ControlPlaneOptions
{
    public const string Section = "Mesh:ControlPlane";

    /// <summary>Its name in responses and in the applied table. <value>The machine's name and the process id.</value></summary>
    [Required, MinLength(1)]
    public string Name { get; set; } = $"{Environment.MachineName.ToLowerInvariant()}-{Environment.ProcessId}";

    /// <summary>How long a client that has seen a newer sequence waits for this control plane to catch up. <value>1 s</value></summary>
    [Range(typeof(TimeSpan), "00:00:00", "00:01:00")]
    public TimeSpan CatchUp { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>
    /// How long a client that asks for a name that is not here waits while it is found out whether the log has it; 0 to answer at once.
    /// <value>1 s</value>
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00", "00:00:10")]
    public TimeSpan AbsentAfter { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>How far behind the head it may be and still call itself ready. <value>1 s</value></summary>
    [Range(typeof(TimeSpan), "00:00:00", "01:00:00")]
    public TimeSpan ReadyWithin { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>
    /// How long after its first state it waits to be level with the head before it serves all the same. <value>10 s</value>
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00", "1.00:00:00")]
    public TimeSpan ServeBehindAfter { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>
    /// Flavours of clients to compile for from the start, with commas between them: <c>grpc</c>, <c>envoy</c>, <c>mesh</c>. The others are
    /// compiled for from their first client on. <value>none</value>
    /// </summary>
    [RegularExpression("^ *((grpc|envoy|mesh) *(, *(grpc|envoy|mesh) *)*)?$",
        ErrorMessage = "Flavours lists some of grpc, envoy and mesh, with commas between them.")]
    public string Flavours { get; set; } = "";

    /// <summary>How long a row of the applied table outlives the control plane that wrote it. <value>30 s</value></summary>
    [Range(typeof(TimeSpan), "00:00:01", "1.00:00:00")]
    public TimeSpan AppliedTtl { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>How often clients are asked to report their load. <value>5 s</value></summary>
    [Range(typeof(TimeSpan), "00:00:00.1", "00:01:00")]
    public TimeSpan LoadReportInterval { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>
    /// How long reported results wait for Redis while it is unavailable; later they would count for another time. <value>1 min</value>
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00", "00:10:00")]
    public TimeSpan KeepLoadsFor { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary><see cref="Flavours"/>, read.</summary>
    internal HashSet<XdsFlavour> FlavoursFromStart() =>
        [.. Flavours.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
            .Select(name => Enum.Parse<XdsFlavour>(name, ignoreCase: true))];
}
