using Mesh.Cli.Output;
using Mesh.Contracts.Rest;

namespace Mesh.Cli.Discovery;

/// <summary>Services as people read them: a row for each instance.</summary>
internal static class ServiceTable
{
    public static Table Of(IEnumerable<ServiceAnswer> services)
    {
        var table = new Table("SERVICE", "INSTANCE", "ADDRESS", "PROTOCOL", "VERSION", "ZONE", "WEIGHT", "HEALTH", "METADATA")
        {
            WhenEmpty = "no services",
        };
        foreach (var service in services)
        {
            if (service.Instances.Count == 0)
                table.Add(NameOf(service), "(none)", null, service.Protocol, null, null, null, null, null);
            foreach (var i in service.Instances)
                table.Add(NameOf(service), i.Id, AddressOf(i), i.Protocol, i.Version, i.Zone, i.Weight.ToString(), StateOf(i),
                    MetadataOf(i));
        }

        return table;
    }

    public static string NameOf(ServiceAnswer service) =>
        service.Namespace == "default" ? service.Name : $"{service.Namespace}/{service.Name}";

    public static string AddressOf(InstanceAnswer instance) =>
        instance.Address.Contains(':') ? $"[{instance.Address}]:{instance.Port}" : $"{instance.Address}:{instance.Port}";

    public static string StateOf(InstanceAnswer instance) =>
        string.Join(
            ", ",
            new[]
            {
                instance.Health,
                instance.Mode == "active" ? null : instance.Mode,
                instance.Protected ? "protected" : null,
                instance.Flapping ? "flapping" : null,
            }.OfType<string>());

    private static string MetadataOf(InstanceAnswer instance) =>
        string.Join(',',
            instance.Metadata.OrderBy(label => label.Key, StringComparer.Ordinal).Select(label => $"{label.Key}={label.Value}"));
}
