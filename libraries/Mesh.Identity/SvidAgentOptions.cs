using Mesh.Contracts.Waiting;

namespace Mesh.Identity;

/// <summary>How an agent gets an identity, and when it renews it.</summary>
public sealed record SvidAgentOptions
{
    /// <summary>
    /// Gives a join token, or null where there is none (yet). It is asked each time that there is no certificate that could be renewed.
    /// </summary>
    public required Func<CancellationToken, Task<string?>> JoinToken { get; init; }

    /// <summary>
    /// The service that the identity has to be of, as <c>namespace/service</c>; null for whatever the token says. Another one is refused.
    /// </summary>
    public string? Expected { get; init; }

    /// <summary>Of a certificate's life, how much later than at its half it is renewed at most, so that not all come at once.</summary>
    /// <value>The default is 0.1.</value>
    public double Jitter { get; init; } = 0.1;

    /// <summary>The pauses after attempts that have failed.</summary>
    /// <value>The default is 1 second at first and 1 minute at most.</value>
    public Backoff Backoff { get; init; } = new(TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(1));

    /// <summary>
    /// How often the clock is looked at while there is nothing to do. A machine that slept does not wait on when it wakes up.
    /// </summary>
    /// <value>The default is 10 seconds.</value>
    public TimeSpan Look { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>The clock.</summary>
    /// <value>The default is the system's.</value>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>Where jitter comes from.</summary>
    /// <value>The default is <see cref="Random.Shared"/>.</value>
    public Random Random { get; init; } = Random.Shared;
}
