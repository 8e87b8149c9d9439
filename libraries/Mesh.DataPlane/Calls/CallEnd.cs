namespace Mesh.DataPlane.Calls;

/// <summary>How a call ended.</summary>
/// <param name="Step"><see cref="NextStep.Deliver"/>, <see cref="NextStep.Abandon"/> or <see cref="NextStep.Refuse"/>.</param>
/// <param name="Refusal">What the client is told, where it was refused.</param>
public readonly record struct CallEnd(NextStep Step, CallRefusal? Refusal)
{
    /// <summary>The client has its answer.</summary>
    public static CallEnd Delivered => new(NextStep.Deliver, null);

    /// <summary>Nobody waits for an answer.</summary>
    public static CallEnd Abandoned => new(NextStep.Abandon, null);

    /// <summary>The client gets the reason why there is no answer.</summary>
    public static CallEnd Refused(CallRefusal refusal) => new(NextStep.Refuse, refusal);
}
