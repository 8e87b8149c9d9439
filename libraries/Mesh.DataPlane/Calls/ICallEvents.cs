namespace Mesh.DataPlane.Calls;

/// <summary>Counts what happens to calls. Services are names on the wire.</summary>
public interface ICallEvents
{
    /// <summary>A request is sent to a further endpoint, or once more to the same.</summary>
    void TriedAgain(string service);

    /// <summary>A request was not sent again because the budget was used up.</summary>
    void OutOfBudget(string service);

    /// <summary>A request was rejected by a circuit breaker: <c>requests</c> or <c>pending</c>.</summary>
    void Overflowed(string service, string limit);

    /// <summary>A request was rejected as one of a share.</summary>
    void Dropped(string service, string category);

    /// <summary>A copy was <c>sent</c>, <c>failed</c> or <c>skipped</c>.</summary>
    void Mirrored(string service, string result);

    /// <summary>A fault was put into a request: <c>delay</c> or <c>abort</c>.</summary>
    void FaultInjected(string service, string kind);

    /// <summary>A request went to the fallback of its service.</summary>
    void FellBack(string service);
}
