namespace Mesh.Kernel.Loads;

/// <summary>What one data plane saw of one cluster in one interval of its reports.</summary>
/// <param name="Cluster">The cluster's xDS name: <c>shop</c>, <c>shop@v2</c>, <c>shop.team@v2</c>.</param>
/// <param name="Load">Its results.</param>
public sealed record ClusterLoad(string Cluster, LoadWindow Load);
