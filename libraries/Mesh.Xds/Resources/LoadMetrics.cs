namespace Mesh.Xds.Resources;

/// <summary>Names that load reports use beyond what <c>envoy.config.endpoint.v3</c> has fields for.</summary>
public static class LoadMetrics
{
    /// <summary>
    /// A named metric (<c>load_metric_stats</c>) of the mesh's own data planes: the time of finished requests in milliseconds, from the
    /// sending of a request to the end of its answer.
    /// </summary>
    public const string RequestMilliseconds = "mesh.request_ms";

    /// <summary>What a node says in <c>client_features</c> if it takes <c>send_all_clusters</c>.</summary>
    public const string SendsAllClusters = "envoy.lrs.supports_send_all_clusters";
}
