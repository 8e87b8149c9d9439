using System.Globalization;
using System.Net.Http.Headers;
using Mesh.DataPlane.Loads;
using Mesh.DataPlane.Resilience;

namespace Mesh.DataPlane.Calls;

/// <summary>What an endpoint's answer says of itself.</summary>
/// <param name="Status">Its HTTP status; 0 where there was no answer.</param>
/// <param name="Grpc">The gRPC status that its headers or trailers tell, or null.</param>
public readonly record struct AnswerHead(int Status, int? Grpc)
{
    private const string GrpcStatusHeader = "grpc-status";
    private const int LoopDetected = 508;

    /// <summary>Whether the connection has become another protocol's: how long that lasts says nothing of the service.</summary>
    public bool IsUpgraded { get; init; }

    /// <summary>
    /// Whether it says that the request is in a loop. A client can bring that about by what it says of its hops, so it is nobody's failure.
    /// </summary>
    public bool IsLoop => Status == LoopDetected;

    /// <summary>How the endpoint is to be judged by it; without a status there was no answer.</summary>
    public AttemptOutcome Outcome => (Grpc is > 0 and { } grpc ? GrpcStatus.ToHttp(grpc) : Status) switch
    {
        0 or (>= 502 and <= 504) => AttemptOutcome.GatewayFailure,
        >= 500 => AttemptOutcome.Failure,
        _ => AttemptOutcome.Success,
    };

    /// <summary>What outlier detection counts of an attempt; null for nothing, since it says nothing of its endpoint.</summary>
    /// <param name="failure">How it failed, or null where it was answered.</param>
    public AttemptOutcome? OutcomeOf(AttemptFailure? failure) => failure switch
    {
        { IsClients: true } or { Kind: FailureKind.NotProcessed } or { WasUploading: true } => null,
        null when IsLoop => null,
        null => Outcome,
        // It has answered in time. How long the rest takes is also up to the client, which may not read it.
        { Kind: FailureKind.TimedOut } when Status > 0 => Outcome,
        _ => AttemptOutcome.GatewayFailure,
    };

    /// <summary>What a load report says of an attempt. A client that leaves with its answer's status has had its answer.</summary>
    /// <param name="failure">How it failed, or null where it was answered.</param>
    public LoadOutcome LoadOf(AttemptFailure? failure) => failure switch
    {
        { IsClients: true } when Grpc is not null && Outcome == AttemptOutcome.Success => LoadOutcome.Succeeded,
        { IsClients: true } when Status > 0 && Outcome != AttemptOutcome.Success => LoadOutcome.Failed,
        { IsClients: true } or { IsSlowUpload: true } => LoadOutcome.Abandoned,
        null when IsLoop => LoadOutcome.Abandoned,
        null when Outcome == AttemptOutcome.Success => LoadOutcome.Succeeded,
        _ => LoadOutcome.Failed,
    };

    /// <summary>The gRPC status that headers or trailers tell, or null.</summary>
    public static int? GrpcOf(HttpResponseHeaders headers) =>
        headers.NonValidated.TryGetValues(GrpcStatusHeader, out var value)
        && int.TryParse(value.ToString(), NumberStyles.None, CultureInfo.InvariantCulture, out var status) ? status : null;
}
