namespace Mesh.DataPlane.Calls;

/// <summary>What a transport says of one attempt.</summary>
/// <param name="Next">
/// Where there was an answer: what <see cref="CallState.Judge"/> had done with it. Anything but <see cref="NextStep.Deliver"/> means that
/// it was thrown away.
/// </param>
/// <param name="Failure">Where there was none, or no whole one: how it failed.</param>
public readonly record struct AttemptResult(NextStep Next, AttemptFailure? Failure)
{
    /// <summary>There was an answer.</summary>
    public static AttemptResult Answered(NextStep next) => new(next, null);

    /// <summary>There was none, or no whole one.</summary>
    public static AttemptResult Failed(AttemptFailure failure) => new(NextStep.Refuse, failure);
}
