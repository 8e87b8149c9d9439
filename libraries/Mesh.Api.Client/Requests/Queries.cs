namespace Mesh.Api.Client.Requests;

/// <summary>Which services and instances a list shows: all that is set must hold.</summary>
public sealed record ServiceQuery
{
    /// <summary>Only this namespace; null or <c>*</c>: all.</summary>
    public string? Namespace { get; init; }

    /// <summary>Only this service.</summary>
    public string? Name { get; init; }

    /// <summary>Only instances that speak <c>http</c>, <c>grpc</c> or <c>tcp</c>.</summary>
    public string? Protocol { get; init; }

    /// <summary>Only instances of this version.</summary>
    public string? Version { get; init; }

    /// <summary>Only instances in this zone.</summary>
    public string? Zone { get; init; }

    /// <summary>Only <c>passing</c>, <c>warning</c> or <c>critical</c> instances.</summary>
    public string? Health { get; init; }

    /// <summary>Only instances that carry all these labels.</summary>
    public IReadOnlyDictionary<string, string>? Metadata { get; init; }

    /// <summary>
    /// Sequence of the list that the caller has: the answer comes when something has changed since, or <see cref="Wait"/> is over.
    /// Null: the answer comes at once.
    /// </summary>
    public long? AfterSequence { get; init; }

    /// <summary>How long to wait for a change, in whole seconds, at most three minutes.</summary>
    public TimeSpan? Wait { get; init; }
}

/// <summary>Which resilience policies a list shows: all that is set must hold.</summary>
/// <param name="Namespace">Only this namespace.</param>
/// <param name="Service">Only this service.</param>
/// <param name="Kind">Only this kind, such as <c>bulkhead</c>.</param>
public sealed record PolicyQuery(string? Namespace = null, string? Service = null, string? Kind = null);

/// <summary>Which entries of the log a page shows.</summary>
public sealed record EventQuery
{
    /// <summary>Only entries with a higher sequence.</summary>
    public long? After { get; init; }

    /// <summary>Whether the newest entry comes first; not with <see cref="Wait"/>.</summary>
    public bool NewestFirst { get; init; }

    /// <summary>Only this stream and those below it, such as <c>discovery/default/echo</c>.</summary>
    public string? Stream { get; init; }

    /// <summary>Only this type of event.</summary>
    public string? Type { get; init; }

    /// <summary>At most so many, 1 to 1000. Null: 100.</summary>
    public int? Limit { get; init; }

    /// <summary>How long to wait if nothing matches yet, in whole seconds, at most three minutes.</summary>
    public TimeSpan? Wait { get; init; }
}

/// <summary>Whose load a list shows.</summary>
/// <param name="Service">One service with its subsets; null: all.</param>
/// <param name="Namespace">Its namespace.</param>
/// <param name="Since">How far back, such as <c>30s</c>; null: one minute.</param>
public sealed record LoadQuery(string? Service = null, string? Namespace = null, string? Since = null);

/// <summary>A request whose way is asked for.</summary>
/// <param name="To">The service that is called, <c>name[.namespace]</c>.</param>
public sealed record ExplainQuery(string To)
{
    /// <summary>The service that calls; null: one that no rule names.</summary>
    public string? From { get; init; }

    /// <summary>Path, with a query if there is one; null: <c>/</c>.</summary>
    public string? Path { get; init; }

    /// <summary>Null: <c>GET</c>.</summary>
    public string? Method { get; init; }

    /// <summary>Query, in place of one in the path.</summary>
    public string? Query { get; init; }

    /// <summary>Namespace of both services where their names have none.</summary>
    public string? Namespace { get; init; }

    /// <summary>Node id of the calling client, for what only a share of clients gets yet.</summary>
    public string? Node { get; init; }

    /// <summary>Headers by name; a name may come several times.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Headers { get; init; } = [];
}
