namespace Mesh.Registry.History;

/// <summary>How long payloads of status entries are kept; section <c>Mesh:StatusRetention</c>. Everything else is kept for good.</summary>
internal sealed class StatusRetentionOptions
{
    /// <summary>Payloads of younger entries stay. <value>7 days</value></summary>
    public TimeSpan Keep { get; set; } = TimeSpan.FromDays(7);

    /// <summary>Time between two sweeps. <value>1 hour</value></summary>
    public TimeSpan Every { get; set; } = TimeSpan.FromHours(1);
}
