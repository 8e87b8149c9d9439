using Mesh.Discovery;
using Mesh.Discovery.Register;
using Mesh.Tests.Discovery.Support;

namespace Mesh.Tests.Discovery;

public class RegisterInputTests
{
    [Theory]
    [InlineData("""{"name":"Echo","url":"http://a:1"}""", "name", "not-a-dns-label")]
    [InlineData("""{"name":"-echo","url":"http://a:1"}""", "name", "not-a-dns-label")]
    [InlineData("""{"name":"a.b","url":"http://a:1"}""", "name", "not-a-dns-label")]
    [InlineData("""{"name":"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa","url":"http://a:1"}""", "name",
        "not-a-dns-label")]
    [InlineData("""{"url":"http://a:1"}""", "name", "missing")]
    [InlineData("""{"name":"echo","namespace":"no_good","url":"http://a:1"}""", "namespace", "not-a-dns-label")]
    [InlineData("""{"name":"echo"}""", "address", "missing")]
    [InlineData("""{"name":"echo","address":"a"}""", "port", "missing")]
    [InlineData("""{"name":"echo","address":"a","port":0}""", "port", "out-of-range")]
    [InlineData("""{"name":"echo","address":"a","port":65536}""", "port", "out-of-range")]
    [InlineData("""{"name":"echo","address":"a","port":1.5}""", "port", "wrong-type")]
    [InlineData("""{"name":"echo","address":"a","port":"80"}""", "port", "wrong-type")]
    [InlineData("""{"name":"echo","address":"300.1.1.1","port":80}""", "address", "not-an-address")]
    [InlineData("""{"name":"echo","address":"1.2.3","port":80}""", "address", "not-an-address")]
    [InlineData("""{"name":"echo","address":"01.2.3.4","port":80}""", "address", "not-an-address")]
    [InlineData("""{"name":"echo","address":"0x1f","port":80}""", "address", "not-an-address")]
    [InlineData("""{"name":"echo","url":"http://1.0X2:80"}""", "url", "not-an-address")]
    [InlineData("""{"name":"echo","address":"a_b","port":80}""", "address", "not-an-address")]
    [InlineData("""{"name":"echo","address":"fe80::1%eth0","port":80}""", "address", "not-an-address")]
    [InlineData("""{"name":"echo","address":"","port":80}""", "address", "not-an-address")]
    [InlineData("""{"name":"echo","address":"0.0.0.0","port":80}""", "address", "not-reachable")]
    [InlineData("""{"name":"echo","address":"::","port":80}""", "address", "not-reachable")]
    [InlineData("""{"name":"echo","address":"224.0.0.1","port":80}""", "address", "not-reachable")]
    [InlineData("""{"name":"echo","url":"http://user:pw@a:1"}""", "url", "url-with-credentials")]
    [InlineData("""{"name":"echo","url":"http://a:1/path"}""", "url", "url-with-path")]
    [InlineData("""{"name":"echo","url":"http://a:1/?q=1"}""", "url", "url-with-query")]
    [InlineData("""{"name":"echo","url":"http://a:1#f"}""", "url", "url-with-fragment")]
    [InlineData("""{"name":"echo","url":"ftp://a:1"}""", "url", "unknown-protocol")]
    [InlineData("""{"name":"echo","url":"a:1"}""", "url", "not-a-url")]
    [InlineData("""{"name":"echo","url":"http://a:99999"}""", "url", "out-of-range")]
    [InlineData("""{"name":"echo","url":"http://a:"}""", "url", "out-of-range")]
    [InlineData("""{"name":"echo","url":"tcp://a"}""", "url", "missing-port")]
    [InlineData("""{"name":"echo","url":"http://"}""", "url", "not-an-address")]
    [InlineData("""{"name":"echo","url":"http://a:1","port":1}""", "url", "contradiction")]
    [InlineData("""{"name":"echo","url":"http://a:1","protocol":"udp"}""", "protocol", "unknown-protocol")]
    [InlineData("""{"name":"echo","url":"http://a:1","instanceId":"a b"}""", "instanceId", "not-an-id")]
    [InlineData("""{"name":"echo","url":"http://a:1","instanceId":"a/b"}""", "instanceId", "not-an-id")]
    [InlineData("""{"name":"echo","url":"http://a:1","version":"v 1"}""", "version", "not-a-label")]
    [InlineData("""{"name":"echo","url":"http://a:1","zone":"é"}""", "zone", "not-a-label")]
    [InlineData("""{"name":"echo","url":"http://a:1","weight":0}""", "weight", "out-of-range")]
    [InlineData("""{"name":"echo","url":"http://a:1","weight":70000}""", "weight", "out-of-range")]
    [InlineData("""{"name":"echo","url":"http://a:1","ttlSeconds":-1}""", "ttlSeconds", "out-of-range")]
    [InlineData("""{"name":"echo","url":"http://a:1","metadata":[]}""", "metadata", "wrong-type")]
    [InlineData("""{"name":"echo","url":"http://a:1","metadata":{"a":1}}""", "metadata.a", "wrong-type")]
    [InlineData("""{"name":"echo","url":"http://a:1","metadata":{"a b":"1"}}""", "metadata.a b", "bad-key")]
    [InlineData("""{"name":"echo","url":"http://a:1","metadata":{"a":"\u0000"}}""", "metadata.a", "bad-characters")]
    [InlineData("""{"name":"echo","url":"http://a:1","metadata":{"mesh.tls":"TRUE"}}""", "metadata.mesh.tls", "bad-value")]
    [InlineData("""{"name":"echo","url":"http://a:1","healthCheck":{"kind":"ping"}}""", "healthCheck.kind", "unknown-kind")]
    [InlineData("""{"name":"echo","url":"http://a:1","healthCheck":{"kind":"http","path":"x"}}""", "healthCheck.path", "not-a-path")]
    [InlineData("""{"name":"echo","url":"http://a:1","healthCheck":{"kind":"tcp","path":"/"}}""", "healthCheck.path", "contradiction")]
    [InlineData("""{"name":"echo","url":"http://a:1","healthCheck":{"kind":"http","interval":"5"}}""", "healthCheck.interval",
        "not-a-duration")]
    [InlineData("""{"name":"echo","url":"http://a:1","healthCheck":{"kind":"http","interval":"1ms"}}""", "healthCheck.interval",
        "out-of-range")]
    [InlineData("""{"name":"echo","url":"http://a:1","healthCheck":{"kind":"http","interval":5}}""", "healthCheck.interval", "wrong-type")]
    [InlineData("""{"name":"echo","url":"http://a:1","healthCheck":{"kind":"http","interval":"5s","timeout":"6s"}}""",
        "healthCheck.timeout", "out-of-range")]
    [InlineData("""{"name":"echo","url":"http://a:1","healthCheck":{"kind":"http","rise":0}}""", "healthCheck.rise", "out-of-range")]
    [InlineData("""{"name":"echo","url":"http://a:1","healthCheck":{"kind":"http","fall":21}}""", "healthCheck.fall", "out-of-range")]
    [InlineData("""{"name":"echo","url":"http://a:1","ttlSeconds":30,"deregisterAfterCritical":"1s"}""", "deregisterAfterCritical",
        "out-of-range")]
    [InlineData("""{"name":"echo","url":"http://a:1","deregisterAfterCritical":"5m"}""", "deregisterAfterCritical", "contradiction")]
    [InlineData("""{"name":"echo","url":"http://a:1","healthCheck":{"deregisterAfterCritical":"4m"},"deregisterAfterCritical":"5m"}""",
        "deregisterAfterCritical", "contradiction")]
    [InlineData("""{"name":"echo","url":"http://a:1","healthCheck":{"kind":"http","deregisterAfterCritical":"1s"}}""",
        "healthCheck.deregisterAfterCritical", "out-of-range")]
    [InlineData("""{"name":"echo","url":"http://a:1","healthCheck":{"kind":"http","often":true}}""", "healthCheck.often", "unknown-field")]
    [InlineData("""{"name":"echo","url":"http://a:1","healthCheck":"http"}""", "healthCheck", "wrong-type")]
    [InlineData("""{"name":"echo","url":"http://a:1","colour":"red"}""", "colour", "unknown-field")]
    [InlineData("""{"name":"echo","Name":"echo","url":"http://a:1"}""", "Name", "unknown-field")]
    [InlineData("""{"name":"echo","name":"echo","url":"http://a:1"}""", "name", "duplicate-field")]
    [InlineData("""{"name":7,"url":"http://a:1"}""", "name", "wrong-type")]
    [InlineData("""{"name":"echo","url":"http://a:1","zone":"\ud800"}""", "zone", "not-text")]
    [InlineData("""{"name":"echo","url":"http://a:1","replace":"yes"}""", "replace", "wrong-type")]
    [InlineData("""[]""", "", "wrong-type")]
    [InlineData("""null""", "", "wrong-type")]
    public void Bad_input_is_named(string json, string field, string code)
    {
        var fault = Assert.Single(DiscoveryLog.FaultsOf(json));
        Assert.Equal((field, code), (fault.Field, fault.Code));
        Assert.NotEmpty(fault.Message);
    }

    [Fact]
    public void Every_fault_is_named_not_only_the_first()
    {
        var faults = DiscoveryLog.FaultsOf("""
            {"name":"NO","namespace":"NO","url":"ftp://u:p@no_host:0/p?q#f","protocol":"udp","weight":-1,"version":"a b","zone":1,
             "metadata":{"":"x"},"ttlSeconds":99999999,"healthCheck":{"kind":"x","interval":"x","rise":99},"what":1}
            """);
        Assert.Equal(
            ["healthCheck.interval", "healthCheck.kind", "healthCheck.rise", "metadata.", "name", "namespace", "protocol", "ttlSeconds",
                "url", "version", "weight", "what", "zone"],
            faults.Select(fault => fault.Field).Distinct().Order(StringComparer.Ordinal));
        Assert.Equal(
            ["not-an-address", "out-of-range", "unknown-protocol", "url-with-credentials", "url-with-fragment", "url-with-path",
                "url-with-query"],
            faults.Where(fault => fault.Field == "url").Select(fault => fault.Code).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Metadata_over_a_limit_is_named()
    {
        static string With(string metadata) => """{"name":"echo","url":"http://a:1","metadata":{""" + metadata + "}}";
        var many = string.Join(',', Enumerable.Range(0, DiscoveryLimits.MetadataEntries + 1).Select(i => $"\"k{i}\":\"v\""));
        Assert.Equal("too-many", Assert.Single(DiscoveryLog.FaultsOf(With(many))).Code);
        var value = new string('x', DiscoveryLimits.MetadataValueLength + 1);
        Assert.Equal("too-long", Assert.Single(DiscoveryLog.FaultsOf(With($"\"a\":\"{value}\""))).Code);
        var key = new string('x', DiscoveryLimits.MetadataKeyLength + 1);
        Assert.Equal("bad-key", Assert.Single(DiscoveryLog.FaultsOf(With($"\"{key}\":\"a\""))).Code);
        var large = string.Join(',', Enumerable.Range(0, 20).Select(i => $"\"k{i}\":\"{value[1..]}\""));
        Assert.Equal("too-large", Assert.Single(DiscoveryLog.FaultsOf(With(large))).Code);
    }

    [Theory]
    [InlineData("http://my-service.local", "my-service.local", 80)]
    [InlineData("http://MY.Host:8080/", "my.host", 8080)]
    [InlineData("grpc://127.0.0.1:5000", "127.0.0.1", 5000)]
    [InlineData("tcp://[::1]:6000", "::1", 6000)]
    [InlineData("http://[2001:DB8::0:1]", "2001:db8::1", 80)]
    public void A_url_says_address_port_and_protocol(string url, string host, int port)
    {
        var spec = DiscoveryLog.Command(new RegisterInput { Name = "echo", Url = url }).Instance;
        Assert.Equal((host, port, url[..url.IndexOf(':')]), (spec.Address, spec.Port, spec.Protocol.ToString().ToLowerInvariant()));
    }

    [Fact]
    public void Without_more_than_a_name_and_an_address_the_defaults_hold()
    {
        var spec = DiscoveryLog.Command(new RegisterInput { Name = "echo", Address = "127.0.0.1", Port = 9001 }).Instance;
        Assert.Equal(("default", "http", 100, 0, "", ""),
            (spec.Namespace, spec.Protocol.ToString().ToLowerInvariant(), spec.Weight, spec.TtlSeconds, spec.Version, spec.Zone));
        Assert.Null(spec.HealthCheck);
        Assert.Empty(spec.Metadata);
    }

    [Fact]
    public void A_said_protocol_wins_over_the_scheme()
    {
        var spec = DiscoveryLog.Command(new RegisterInput { Name = "echo", Url = "http://127.0.0.1:5000", Protocol = "grpc" }).Instance;
        Assert.Equal(Mesh.Contracts.Discovery.MeshProtocol.Grpc, spec.Protocol);
    }

    [Fact]
    public void A_derived_id_of_a_long_host_is_cut_and_stays_unique()
    {
        string Host(char last) => string.Join('.', Enumerable.Repeat(new string('h', 50), 3)) + '.' + last;
        var one = DiscoveryLog.Command(new RegisterInput { Name = "echo", Address = Host('a'), Port = 1 }).Instance.InstanceId;
        var other = DiscoveryLog.Command(new RegisterInput { Name = "echo", Address = Host('b'), Port = 1 }).Instance.InstanceId;
        Assert.Equal((DiscoveryLimits.InstanceIdLength, DiscoveryLimits.InstanceIdLength), (one.Length, other.Length));
        Assert.NotEqual(one, other);
    }

    [Fact]
    public void An_object_with_far_too_many_fields_is_refused_with_one_fault()
    {
        var many = string.Join(',', Enumerable.Range(0, 20_000).Select(i => $"\"f{i}\":{i}"));
        var faults = DiscoveryLog.FaultsOf($"{{\"name\":\"echo\",\"url\":\"http://a:1\",{many}}}");
        Assert.Equal([("", "too-many-fields")], faults.Select(fault => (fault.Field, fault.Code)));
    }
}
