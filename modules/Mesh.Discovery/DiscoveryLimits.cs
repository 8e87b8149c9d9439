using Mesh.Api.Rest;

namespace Mesh.Discovery;

/// <summary>Limits that keep one namespace from harming the others. What is over one is refused with 429 (counts) or 400 (sizes).</summary>
public static class DiscoveryLimits
{
    /// <summary>Services in a namespace.</summary>
    public const int ServicesPerNamespace = 100_000;

    /// <summary>Instances in a namespace, over all its services.</summary>
    public const int InstancesPerNamespace = 1_000_000;

    /// <summary>Instances of one service.</summary>
    public const int InstancesPerService = 5_000;

    /// <summary>Metadata entries of an instance.</summary>
    public const int MetadataEntries = 64;

    /// <summary>Characters in a metadata key: letters, digits, <c>.</c>, <c>_</c>, <c>-</c>, <c>/</c>.</summary>
    public const int MetadataKeyLength = 128;

    /// <summary>Characters in a metadata value.</summary>
    public const int MetadataValueLength = 512;

    /// <summary>Characters in all metadata of an instance, keys and values.</summary>
    public const int MetadataTotalLength = 8_192;

    /// <summary>Characters in a version or a zone.</summary>
    public const int LabelLength = 63;

    /// <summary>Characters in an instance id.</summary>
    public const int InstanceIdLength = 128;

    /// <summary>Watches and long-polls that one process serves for a namespace at a time.</summary>
    public const int WatchesPerNamespace = WatchGate.PerNamespace;
}
