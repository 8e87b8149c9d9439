namespace Mesh.Tests.Conformance;

/// <summary>One running client of the control plane. Whoever can do this can be put through the suite.</summary>
internal interface IDataPlane : IAsyncDisposable
{
    /// <summary>Its <c>node.id</c>: how the applied table calls it.</summary>
    string Node { get; }

    /// <summary>
    /// Whether it asks for clusters once it has the routes that name them: then it is not done when it has accepted the routes.
    /// </summary>
    bool AsksByName { get; }

    /// <summary>Calls a service so often, at most so many at once, and gives the results in the order of the calls' begin.</summary>
    Task<IReadOnlyList<CallResult>> Call(CallSpec call, int count, int atOnce);

    /// <summary>
    /// At most so many calls of a load are in progress: where the machine cannot do with it, there are fewer of them, and they do not wait
    /// longer and longer.
    /// </summary>
    const int MostUnderWay = 100;

    /// <summary>
    /// Calls a service so often a second until <paramref name="stop"/>, without waiting for answers; returns all results when the last
    /// call has ended.
    /// </summary>
    Task<IReadOnlyList<CallResult>> Load(CallSpec call, int perSecond, CancellationToken stop);

    /// <summary>The service is not called any more: connections to it may be given up.</summary>
    Task Forget(string service);
}

/// <summary>A call.</summary>
/// <param name="Service">The mesh's name of the service.</param>
internal sealed record CallSpec(string Service)
{
    /// <summary>A gRPC method, which is as good a path for HTTP.</summary>
    public const string Get = "/conform.Shop/Get";

    /// <summary>Another one.</summary>
    public const string Buy = "/conform.Shop/Buy";

    public string Path { get; init; } = Get;

    /// <summary>For HTTP only.</summary>
    public string Query { get; init; } = "";

    public IReadOnlyDictionary<string, string> Headers { get; init; } = new Dictionary<string, string>();

    /// <summary>Whether it waits for a connection instead of failing while there is none; gRPC C-core's client only.</summary>
    public bool WaitForReady { get; init; }

    /// <summary>How long the caller waits.</summary>
    public TimeSpan Deadline { get; init; } = TimeSpan.FromSeconds(15);
}

/// <summary>What became of a call.</summary>
/// <param name="Outcome">In words that HTTP and gRPC share.</param>
/// <param name="Status">HTTP's or gRPC's own number.</param>
/// <param name="Text">What was said of a failure.</param>
/// <param name="Server">Which instance answered; empty if none did.</param>
/// <param name="Took">Until the end.</param>
/// <param name="Headers">Of the answer, those that begin with <c>x-</c>, and of a redirect <c>location</c>.</param>
internal sealed record CallResult(Outcome Outcome, int Status, string Text, string Server, TimeSpan Took,
    IReadOnlyDictionary<string, string> Headers)
{
    /// <summary>The header of an answer by which an instance says its name.</summary>
    public const string ServerHeader = "x-server";

    public override string ToString() =>
        $"{Outcome} ({Status}{(Text.Length > 0 ? $": {Text}" : "")}){(Server.Length > 0 ? $" by {Server}" : "")} in "
            + $"{Took.TotalMilliseconds:0} ms";
}
