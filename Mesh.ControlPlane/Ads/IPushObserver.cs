using Mesh.Xds.Resources;

namespace Mesh.ControlPlane.Ads;

/// <summary>Observes what happens on a stream: for the applied table, metrics and traces. Must be quick and never throw.</summary>
public interface IPushObserver
{
    /// <summary>The client has asked for a type.</summary>
    void Subscribed(XdsType type);

    /// <summary>A response is about to be written.</summary>
    /// <returns>The trace it is a part of, for a client that goes on with it (W3C <c>traceparent</c>); null where there is none.</returns>
    string? Sent(XdsType type, SentResponse response, int resources, int removed);

    /// <summary>The client has applied a response.</summary>
    /// <param name="type">The response's.</param>
    /// <param name="response">The response.</param>
    /// <param name="othersRefused">Whether it still refuses what another response carried.</param>
    void Acked(XdsType type, SentResponse response, bool othersRefused);

    /// <summary>The client has refused a response.</summary>
    void Nacked(XdsType type, SentResponse response, string reason);
}
