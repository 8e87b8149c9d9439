namespace Mesh.DataPlane.Routing;

/// <summary>What is done with a header that is there already.</summary>
public enum HeaderAction
{
    /// <summary>The value is added to what is there.</summary>
    Append,

    /// <summary>Nothing, the value is set only where there is none.</summary>
    AddIfAbsent,

    /// <summary>It is replaced; where there is none it is set.</summary>
    Set,

    /// <summary>It is replaced; where there is none nothing is set.</summary>
    Replace,
}

/// <summary>One change of a header; without a value the header is removed.</summary>
/// <param name="Name">The header.</param>
/// <param name="Value">Its value, or null.</param>
/// <param name="Action">What is done with one that is there.</param>
public readonly record struct HeaderMutation(string Name, string? Value, HeaderAction Action);

/// <summary>The headers of a request or a response that is being changed.</summary>
public interface IHeaderTarget
{
    /// <summary>Whether the header is there.</summary>
    bool Has(string name);

    /// <summary>Adds a value.</summary>
    void Add(string name, string value);

    /// <summary>Takes the header out.</summary>
    void Remove(string name);
}

/// <summary>
/// Changes of headers in the order in which they are made: those of the weighted cluster, then the route's, the virtual host's and the
/// route configuration's, and at each of these what is removed before what is added.
/// </summary>
public sealed class HeaderMutations(IReadOnlyList<HeaderMutation> all)
{
    private readonly HeaderMutation[] _all = [.. all];

    /// <summary>The changes.</summary>
    public IReadOnlyList<HeaderMutation> All => _all;

    /// <summary>These changes and then others; null when there are none at all.</summary>
    public static HeaderMutations? Join(HeaderMutations? first, HeaderMutations? then) =>
        first is null ? then : then is null ? first : new([.. first._all, .. then._all]);

    /// <summary>Makes the changes.</summary>
    public void Apply<T>(T target) where T : struct, IHeaderTarget
    {
        foreach (ref readonly var one in _all.AsSpan())
        {
            if (one.Value is null)
            {
                target.Remove(one.Name);
                continue;
            }

            var there = one.Action != HeaderAction.Append && target.Has(one.Name);
            if (there && one.Action == HeaderAction.AddIfAbsent || !there && one.Action == HeaderAction.Replace)
                continue;
            if (there)
                target.Remove(one.Name);
            target.Add(one.Name, one.Value);
        }
    }
}
