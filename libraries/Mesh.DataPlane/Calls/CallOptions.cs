namespace Mesh.DataPlane.Calls;

/// <summary>How calls are made, where no policy says it.</summary>
public sealed record CallOptions
{
    /// <summary>To how many endpoints a request is offered while none of them can be reached. <value>4</value></summary>
    public int MaxAttempts { get; init; } = 4;

    /// <summary>For how long an endpoint that could not be reached is chosen only when there is no other. <value>1 s</value></summary>
    public TimeSpan AvoidFor { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Up to how many bytes of a request's body are kept for those who may want it again. <value>64 KB</value></summary>
    public int ReplayLimit { get; init; } = 64 * 1024;

    /// <summary>How many copies of requests may be in progress; beyond that there are none. <value>256</value></summary>
    public int MaxMirrors { get; init; } = 256;
}
