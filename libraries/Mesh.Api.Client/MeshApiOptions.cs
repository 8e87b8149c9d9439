using Mesh.Api.Client.Errors;

namespace Mesh.Api.Client;

/// <summary>How long a client waits, and how often it asks.</summary>
public sealed record MeshApiOptions
{
    /// <summary>Until one attempt has failed; long polls get what they wait for besides.</summary>
    /// <value>The default is 10 seconds.</value>
    public TimeSpan AttemptTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>
    /// How long a mesh that has shown signs of life is asked again: a restarting Registry is back within seconds. Zero: every call is
    /// one attempt.
    /// </summary>
    /// <value>The default is 15 seconds.</value>
    public TimeSpan Patience { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>How long an address that accepts no connection is asked again, so that a mistyped port is reported at once.</summary>
    /// <value>The default is 600 milliseconds.</value>
    public TimeSpan PatienceUnconnected { get; init; } = TimeSpan.FromMilliseconds(600);

    /// <summary>Hears of the first attempt that failed although somebody was reached, before the call is repeated.</summary>
    /// <value>The default is nobody.</value>
    public Action<MeshApiException>? Retrying { get; init; }

    /// <summary>Measures patience and pauses.</summary>
    /// <value>The default is the system's clock.</value>
    public TimeProvider Time { get; init; } = TimeProvider.System;
}
