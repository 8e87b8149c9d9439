using Mesh.Kernel.State;

namespace Mesh.Api.Rest;

/// <summary>What a list shows, told by the log streams that it depends on.</summary>
public interface IStreamFilter
{
    /// <summary>The one namespace that is shown; null for all.</summary>
    string? Namespace { get; }

    /// <summary>Whether an entry of the stream may be about what is shown.</summary>
    bool IsTouchedBy(string stream);
}

/// <summary>Filters and changes of the state.</summary>
public static class StreamFilters
{
    /// <summary>Whether a change may be about what the filter shows.</summary>
    public static bool IsTouchedBy(this IStreamFilter filter, StateChange change)
    {
        if (change.Reset) return true;
        foreach (var stream in change.Streams)
        {
            if (filter.IsTouchedBy(stream)) return true;
        }

        return false;
    }
}
