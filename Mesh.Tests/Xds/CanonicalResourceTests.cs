using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Mesh.Xds.Protos;
using Mesh.Xds.Resources;

namespace Mesh.Tests.Xds;

public class CanonicalResourceTests
{
    [Fact]
    public void Map_entries_are_written_in_one_order_whatever_order_they_were_set_in()
    {
        string[] keys = [.. Enumerable.Range(0, 40).Select(i => $"key-{i}")];
        var forward = Metadata(keys);
        var backward = Metadata(keys.Reverse());

        Assert.Equal(CanonicalProtobuf.Serialize(forward), CanonicalProtobuf.Serialize(backward));
        Assert.Equal(forward, Mesh.Xds.Protos.Metadata.Parser.ParseFrom(CanonicalProtobuf.Serialize(backward)));
    }

    [Fact]
    public void Equal_content_has_equal_versions_and_other_content_another()
    {
        var one = XdsResource.Of(LoadAssignmentBuilder.Of("echo", XdsFlavour.Mesh, [Endpoint("10.0.0.1"), Endpoint("10.0.0.2")]));
        var same = XdsResource.Of(LoadAssignmentBuilder.Of("echo", XdsFlavour.Mesh, [Endpoint("10.0.0.2"), Endpoint("10.0.0.1")]));
        var other = XdsResource.Of(LoadAssignmentBuilder.Of("echo", XdsFlavour.Mesh, [Endpoint("10.0.0.3"), Endpoint("10.0.0.1")]));

        Assert.Equal(one.Version, same.Version);
        Assert.NotEqual(one.Version, other.Version);
        Assert.Matches("^[0-9a-f]{16}$", one.Version);
    }

    [Fact]
    public void The_version_of_a_set_does_not_depend_on_its_order()
    {
        XdsResource[] set = [.. Enumerable.Range(0, 9).Select(i => XdsResource.Of(ClusterBuilder.Eds($"s{i}", XdsFlavour.Grpc, "http")))];
        UInt128 Sum(IEnumerable<XdsResource> resources) => resources.Aggregate(UInt128.Zero, (sum, r) => unchecked(sum + r.Hash));

        Assert.Equal(XdsResource.Format(Sum(set)), XdsResource.Format(Sum(set.Reverse())));
        Assert.NotEqual(XdsResource.Format(Sum(set)), XdsResource.Format(Sum(set.Skip(1))));
    }

    [Fact]
    public void Fields_that_the_subset_does_not_know_are_tolerated()
    {
        // Field 999, as a newer client or another server may send it.
        var bytes = new Node { Id = "n" }.ToByteArray().Concat(new byte[] { 0xBA, 0x3E, 0x03, 1, 2, 3 }).ToArray();

        Assert.Equal("n", Node.Parser.ParseFrom(bytes).Id);
    }

    private static Mesh.Xds.Protos.Metadata Metadata(IEnumerable<string> keys)
    {
        var fields = new Struct();
        foreach (var key in keys) fields.Fields[key] = Value.ForString(key);
        return new Mesh.Xds.Protos.Metadata { FilterMetadata = { ["x"] = fields } };
    }

    private static XdsEndpoint Endpoint(string address) => new(address, 80, 100, "z1", address, "v1", "http", false);

    [Fact]
    public void The_version_is_a_hash_of_type_name_and_bytes()
    {
        var made = XdsResource.Of(LoadAssignmentBuilder.Of("echo", XdsFlavour.Mesh, [Endpoint("10.0.0.1")]));
        byte[] hashed = [.. System.Text.Encoding.UTF8.GetBytes($"{made.Packed.TypeUrl}\necho\n"), .. made.Packed.Value.ToByteArray()];
        var hash = System.Buffers.Binary.BinaryPrimitives.ReadUInt128BigEndian(System.Security.Cryptography.SHA256.HashData(hashed));

        Assert.Equal((hash, XdsResource.Format(hash)), (made.Hash, made.Version));
    }
}
