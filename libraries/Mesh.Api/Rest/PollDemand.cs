using Mesh.Kernel.Values;

namespace Mesh.Api.Rest;

/// <summary>How new a list must be, and whether it is worth waiting for a newer one.</summary>
/// <param name="Read">As for every read.</param>
/// <param name="After">The sequence of the list that the client has; null without.</param>
/// <param name="Wait">How long it waits for a newer one; null for the default.</param>
public readonly record struct PollDemand(ReadDemand Read, long? After, TimeSpan? Wait)
{
    /// <summary>Reads what <see cref="ReadDemand"/> does, <c>?afterSequence=</c> and <c>?wait=</c>.</summary>
    public static PollDemand Of(RequestParameters parameters, Faults faults)
    {
        var read = ReadDemand.Of(parameters, faults);
        var after = parameters.Read(StandardParameters.AfterSequence);
        var wait = parameters.Read(StandardParameters.Wait);
        if (wait is not null && after is null)
            faults.Add("wait", "needs-after-sequence", "'wait' needs 'afterSequence', the sequence of the list that you have.");
        return new(read, after, wait);
    }
}
