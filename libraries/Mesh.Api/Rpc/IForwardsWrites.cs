namespace Mesh.Api.Rpc;

/// <summary>
/// A gRPC service of a control plane that overrides what it answers from its replica. The methods that it leaves alone are writes: they go
/// on to a Registry as they came (Flow step 1).
/// </summary>
public interface IForwardsWrites;
