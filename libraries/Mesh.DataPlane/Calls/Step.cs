namespace Mesh.DataPlane.Calls;

/// <summary>The next step of a call, with what the client is told where that ends it.</summary>
internal readonly record struct Step(NextStep Next, CallRefusal? Refusal = null)
{
    /// <summary>The client is told why there is no answer.</summary>
    public static Step Refuse(CallRefusal refusal) => new(NextStep.Refuse, refusal);

    /// <summary>The end of the call that this step is.</summary>
    public CallEnd ToEnd() => new(Next, Refusal);
}
