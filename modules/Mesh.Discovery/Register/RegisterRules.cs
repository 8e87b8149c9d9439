using System.Collections.Immutable;
using Mesh.Contracts.Discovery;
using Mesh.Kernel.Catalog;
using Mesh.Kernel.Values;
using Mesh.Xds.Resources;

namespace Mesh.Discovery.Register;

/// <summary>Checks a registration and brings it into normal form (Flow step 1). Finds every fault, not only the first.</summary>
public static class RegisterRules
{
    private const int LongestTtl = 86_400;
    private const int MaxWeight = 65_535;

    /// <summary>The command; null where <paramref name="faults"/> has any.</summary>
    public static RegisterInstance? Read(RegisterInput input, Faults faults)
    {
        var name = Labels.Read(input.Name, "name", null, faults);
        var @namespace = Labels.Read(input.Namespace, "namespace", ServiceKey.DefaultNamespace, faults);
        var endpoint = EndpointAddress.Read(input.Url, input.Address, input.Port, faults);
        var protocol = Protocol(input.Protocol, "protocol", faults) ?? endpoint?.Scheme ?? MeshProtocol.Http;
        var id = InstanceId(input.InstanceId, "instanceId", faults);
        var version = Label(input.Version, "version", faults);
        var zone = Label(input.Zone, "zone", faults);
        if (input.Weight is < 1 or > MaxWeight)
            faults.Add("weight", "out-of-range",
                $"{input.Weight} is out of range; a weight is 1 to {MaxWeight}. To send nothing to an instance, drain it.");
        if (input.TtlSeconds is < 0 or > LongestTtl)
            faults.Add("ttlSeconds", "out-of-range",
                $"{input.TtlSeconds} is out of range; a lease is 1 to {LongestTtl} seconds, or 0 for none.");
        var metadata = Metadata(input.Metadata, faults);
        var check = input.HealthCheck is null ? null : HealthCheckRules.Read(input.HealthCheck, protocol, faults);
        var deregister = HealthCheckRules.DeregisterAfter(input, faults);
        if (check is not null && deregister > 0) check = check with { DeregisterAfterCriticalMs = deregister };
        if (faults.Any || name is null || @namespace is null || endpoint is not { } at) return null;
        return new RegisterInstance(new InstanceSpec
        {
            Namespace = @namespace,
            Service = name,
            InstanceId = id ?? DeriveId(name, at.Host, at.Port),
            Address = at.Host,
            Port = at.Port,
            Protocol = protocol,
            Version = version,
            Zone = zone,
            Weight = input.Weight ?? 100,
            Metadata = metadata,
            TtlSeconds = input.TtlSeconds ?? 0,
            HealthCheck = check,
            DeregisterAfterCriticalMs = check is null ? deregister : 0,
        })
        {
            IdDerived = id is null,
            Replace = input.Replace,
        };
    }

    /// <summary>The protocol; null if unset, or with a fault.</summary>
    public static MeshProtocol? Protocol(string? text, string field, Faults faults)
    {
        switch (text)
        {
            case null or "": return null;
            case "http": return MeshProtocol.Http;
            case "grpc": return MeshProtocol.Grpc;
            case "tcp": return MeshProtocol.Tcp;
            default:
                faults.Add(field, "unknown-protocol", $"'{Shortened(text)}' is not a protocol; use http, grpc or tcp.");
                return null;
        }
    }

    /// <summary>An instance id; null if unset, or with a fault.</summary>
    public static string? InstanceId(string? text, string field, Faults faults)
    {
        if (string.IsNullOrEmpty(text)) return null;
        if (text.Length <= DiscoveryLimits.InstanceIdLength && char.IsAsciiLetterOrDigit(text[0]) && IsToken(text, '-')) return text;
        faults.Add(field, "not-an-id",
            $"'{Shortened(text)}' is not an instance id; use 1 to {DiscoveryLimits.InstanceIdLength} letters, digits, '.', '_' and '-', "
                + "with a letter or digit first.");
        return null;
    }

    internal static string Shortened(string text) => text.Length <= 80 ? text : text[..80] + "…";

    // Long host names would not fit; what is cut stays apart by a hash that is the same in every process.
    private static string DeriveId(string name, string host, int port)
    {
        var id = $"{name}-{host.Replace(':', '-')}-{port}";
        if (id.Length <= DiscoveryLimits.InstanceIdLength) return id;
        var hash = Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(id)))[..16];
        return $"{id[..(DiscoveryLimits.InstanceIdLength - 17)]}-{hash}";
    }

    private static string Label(string? text, string field, Faults faults)
    {
        if (string.IsNullOrEmpty(text)) return "";
        if (text.Length <= DiscoveryLimits.LabelLength && IsToken(text)) return text;
        faults.Add(field, "not-a-label",
            $"'{Shortened(text)}' is too long or has other characters; use at most {DiscoveryLimits.LabelLength} letters, digits, '.', "
                + "'_', '+' and '-'.");
        return "";
    }

    private static ImmutableSortedDictionary<string, string> Metadata(IReadOnlyList<KeyValuePair<string, string>> entries, Faults faults)
    {
        if (entries.Count == 0) return InstanceSpec.NoMetadata;
        if (entries.Count > DiscoveryLimits.MetadataEntries)
            faults.Add("metadata", "too-many",
                $"There are {entries.Count} entries; an instance has at most {DiscoveryLimits.MetadataEntries}.");
        if (entries.Sum(entry => entry.Key.Length + entry.Value.Length) > DiscoveryLimits.MetadataTotalLength)
            faults.Add("metadata", "too-large", $"Keys and values have at most {DiscoveryLimits.MetadataTotalLength} characters together.");
        foreach (var (key, value) in entries.Take(DiscoveryLimits.MetadataEntries))
        {
            if (key.Length is 0 or > DiscoveryLimits.MetadataKeyLength || !IsToken(key, '/'))
                faults.Add("metadata." + Shortened(key), "bad-key",
                    $"A key has 1 to {DiscoveryLimits.MetadataKeyLength} letters, digits, '.', '_', '-' and '/'.");
            if (value.Length > DiscoveryLimits.MetadataValueLength)
                faults.Add("metadata." + Shortened(key), "too-long",
                    $"A value has at most {DiscoveryLimits.MetadataValueLength} characters; this one has {value.Length}.");
            else if (value.Any(char.IsControl))
                faults.Add("metadata." + Shortened(key), "bad-characters", "A value must not have control characters.");
            // Any other value would mean plaintext to callers, without a word.
            else if (key == TransportSockets.TlsLabel && value is not ("true" or "false"))
                faults.Add($"metadata.{key}", "bad-value", $"'{key}' is 'true' for an instance that takes TLS of the mesh, else 'false'.");
        }

        return faults.Any ? InstanceSpec.NoMetadata : InstanceSpec.NoMetadata.SetItems(entries);
    }

    private static bool IsToken(string text, char further = '+')
    {
        foreach (var c in text)
        {
            if (!char.IsAsciiLetterOrDigit(c) && c is not ('.' or '_' or '-') && c != further) return false;
        }

        return true;
    }
}
