using System.Globalization;
using Mesh.Kernel.Commands;
using Mesh.Kernel.Log;
using Mesh.Kernel.State;
using Mesh.Kernel.Values;
using Microsoft.AspNetCore.Http;

namespace Mesh.Api.Rest;

/// <summary>How new the state must be that a read is answered from.</summary>
/// <param name="MinSequence">Wait for this sequence; 0 for whatever there is.</param>
/// <param name="Strong">At least as new as every write that was answered before.</param>
public readonly record struct ReadDemand(long MinSequence, bool Strong)
{
    /// <summary>Reads <c>?minSequence=</c> and <c>?consistency=strong|local</c>.</summary>
    public static ReadDemand Of(RequestParameters parameters, Faults faults)
    {
        var consistency = parameters.Read(StandardParameters.Consistency);
        if (consistency is not (null or "strong" or "local"))
            faults.Add("consistency", "unknown-value", $"'{consistency}' is not a valid consistency; use strong or local.");
        return new(parameters.Read(StandardParameters.MinSequence) ?? 0, consistency == "strong");
    }
}

/// <summary>Gives the state that a read is answered from: local by default, newer on demand.</summary>
public sealed class StateReads(IStateSource states, TimeProvider time, CommandWriter? writer = null)
{
    /// <summary>Response header with the sequence that the answer stands for.</summary>
    public const string SequenceHeader = "Mesh-Sequence";

    /// <summary>How long a read waits for its sequence.</summary>
    public static TimeSpan LongestWait { get; } = TimeSpan.FromSeconds(10);

    /// <summary>The newest local state.</summary>
    public MeshState Current => states.Current;

    /// <summary>Changes from now on.</summary>
    public StateSubscription Subscribe() => states.Subscribe();

    /// <summary>A state as new as demanded, or the refusal.</summary>
    public async ValueTask<(MeshState? State, Refusal? Refusal)> ReadAsync(ReadDemand demand, CancellationToken cancellationToken)
    {
        var state = states.Current;
        if (Starting(state) is { } starting) return (null, starting);
        if (demand.Strong)
        {
            if (writer is null)
                return (null,
                    Refusal.Of(RefusalKind.Unavailable, "consistency", "not-here", "Strong reads are answered by a Registry only."));
            try
            {
                state = await writer.ConfirmHeadAsync(cancellationToken).ConfigureAwait(false);
            }
            catch (LogStoreException away)
            {
                return (null,
                    Refusal.Of(RefusalKind.Unavailable, "consistency", "log-unavailable",
                        $"The head cannot be confirmed now: {away.Message} A read without consistency=strong is answered."));
            }
        }

        if (state.Sequence >= demand.MinSequence) return (state, null);
        using var limit = new CancellationTokenSource(LongestWait, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            return (await states.WaitForAsync(demand.MinSequence, either.Token).ConfigureAwait(false), null);
        }
        catch (OperationCanceledException) when (limit.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            return (null, Refusal.Of(RefusalKind.Unavailable, "minSequence", "behind",
                $"This process is at sequence {states.Current.Sequence} and has not reached {demand.MinSequence} in "
                    + $"{LongestWait.TotalSeconds:0} s."));
        }
    }

    /// <summary>
    /// Null once the process knows its log. Before, its state is empty because it knows nothing, not because there is nothing.
    /// </summary>
    public static Refusal? Starting(MeshState state) => state.Position.Log != default
        ? null
        : Refusal.Of(RefusalKind.Unavailable, "", "starting", "This process has not read the log yet. Try again in a moment.");

    /// <summary>Puts the sequence into the answer's headers.</summary>
    public static void Stamp(HttpResponse response, long sequence) =>
        response.Headers[SequenceHeader] = sequence.ToString(CultureInfo.InvariantCulture);
}
