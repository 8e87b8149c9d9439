namespace Mesh.Tests.Support;

/// <summary>The clock of a machine that is off by so much; its timers run as they should.</summary>
internal sealed class ShiftedTime(TimeSpan by) : TimeProvider
{
    public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + by;
}
