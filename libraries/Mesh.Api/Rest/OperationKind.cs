namespace Mesh.Api.Rest;

/// <summary>What an operation does. Its permission, its standard parameters and its standard refusals follow from it.</summary>
public enum OperationKind
{
    /// <summary>Reads the state; takes <c>minSequence</c> and <c>consistency</c>.</summary>
    Read,

    /// <summary>A read that can wait for news; takes <c>afterSequence</c> and <c>wait</c> too.</summary>
    Watch,

    /// <summary>Reads something other than the state, such as the log or the process.</summary>
    Inspect,

    /// <summary>Sends a command; takes an Idempotency-Key and conditions.</summary>
    Write,

    /// <summary>Changes something beside the log, such as a lease.</summary>
    Act,
}
