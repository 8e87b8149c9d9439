namespace Mesh.DataPlane.Calls;

/// <summary>What is done next with a call.</summary>
public enum NextStep
{
    /// <summary>The answer goes to the client: the call is over.</summary>
    Deliver,

    /// <summary>Nobody waits for an answer any more: the call is over.</summary>
    Abandon,

    /// <summary>The client is told why there is no answer: the call is over.</summary>
    Refuse,

    /// <summary>The route's policy has the request sent again after a wait.</summary>
    Retry,

    /// <summary>The request goes to another endpoint at once. It costs no endpoint anything, and needs no policy.</summary>
    TryAnother,

    /// <summary>None of the endpoints could be reached, and the route's policy has all of them tried once more after a wait.</summary>
    StartOver,

    /// <summary>The service's fallback is asked in place of it.</summary>
    FallBack,
}
