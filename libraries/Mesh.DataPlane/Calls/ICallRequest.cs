using Mesh.DataPlane.Routing;

namespace Mesh.DataPlane.Calls;

/// <summary>A request as it came, for those who decide what becomes of it.</summary>
public interface ICallRequest
{
    /// <summary>What routing may look at.</summary>
    RequestFacts Facts { get; }

    /// <summary>
    /// The path and query that the service is asked for, as they came; empty, or a query alone, where the path was left out.
    /// </summary>
    ReadOnlySpan<char> PathAndQuery { get; }

    /// <summary>The client's address, or null.</summary>
    string? Source { get; }

    /// <summary>Whether it is a gRPC call.</summary>
    bool IsGrpc { get; }

    /// <summary>Whether it asks for the connection to become another protocol's.</summary>
    bool IsUpgrade { get; }

    /// <summary>Whether it may have a body.</summary>
    bool CanHaveBody { get; }

    /// <summary>How long its body says that it is, or null.</summary>
    long? ContentLength { get; }

    /// <summary>Its body. Attempts read what was set last.</summary>
    Stream Body { get; set; }

    /// <summary>Whether the client is being waited for, because it has yet to send more of the body.</summary>
    bool AwaitsBody { get; }

    /// <summary>Whether copies of it may be sent.</summary>
    bool AllowsCopies { get; }

    /// <summary>Its client's end.</summary>
    CancellationToken Aborted { get; }
}
