package demo

// office is where customers are looked after: a representative office with the people of ours there.
type office struct {
	territory, zone, language, currency, country string
	city, cityEn, area                           string
	region                                       string // administrative code, in China
	owners                                       []string
	rate                                         float64 // units of the currency for 1 CNY
}

var offices = []office{
	{"cn/south/shenzhen", "Asia/Shanghai", "zh-CN", "CNY", "CN", "深圳", "Shenzhen", "广东", "440300", []string{"li.wei", "chen.jing"}, 1},
	{"cn/south/guangzhou", "Asia/Shanghai", "zh-CN", "CNY", "CN", "广州", "Guangzhou", "广东", "440100", []string{"huang.lei"}, 1},
	{"cn/east/shanghai", "Asia/Shanghai", "zh-CN", "CNY", "CN", "上海", "Shanghai", "上海", "310115", []string{"zhang.min", "wu.hao"}, 1},
	{"cn/east/hangzhou", "Asia/Shanghai", "zh-CN", "CNY", "CN", "杭州", "Hangzhou", "浙江", "330100", []string{"shen.yue"}, 1},
	{"cn/east/suzhou", "Asia/Shanghai", "zh-CN", "CNY", "CN", "苏州", "Suzhou", "江苏", "320500", []string{"gu.ting"}, 1},
	{"cn/north/beijing", "Asia/Shanghai", "zh-CN", "CNY", "CN", "北京", "Beijing", "北京", "110108", []string{"wang.fang", "zhao.peng"}, 1},
	{"cn/north/tianjin", "Asia/Shanghai", "zh-CN", "CNY", "CN", "天津", "Tianjin", "天津", "120116", []string{"liu.yang"}, 1},
	{"cn/west/chengdu", "Asia/Shanghai", "zh-CN", "CNY", "CN", "成都", "Chengdu", "四川", "510100", []string{"deng.xia"}, 1},
	{"eu/west/london", "Europe/London", "en-GB", "GBP", "GB", "London", "London", "", "", []string{"emma.clarke"}, 0.11},
	{"eu/central/munich", "Europe/Berlin", "de-DE", "EUR", "DE", "München", "Munich", "Bayern", "", []string{"jonas.weber"}, 0.13},
	{"apac/singapore", "Asia/Singapore", "en-SG", "SGD", "SG", "Singapore", "Singapore", "", "", []string{"mei.tan"}, 0.19},
}

// industry is a line of business with what it buys of us and when.
type industry struct {
	zh, en   string
	word     string // in a Chinese company's name
	wordEn   string // in an English one
	products []string
	peak     int // the month of most orders
}

var industries = []industry{
	{"工业自动化", "Industrial automation", "自动化设备", "Automation", []string{"drives", "controllers", "sensors"}, 10},
	{"电力", "Electric power", "电力科技", "Power", []string{"controllers", "cables", "services"}, 5},
	{"新能源", "Renewable energy", "新能源", "Energy", []string{"drives", "cables", "sensors"}, 11},
	{"轨道交通", "Rail transport", "轨道装备", "Rail Systems", []string{"controllers", "cables", "spare-parts"}, 9},
	{"食品机械", "Food machinery", "食品机械", "Food Machinery", []string{"drives", "sensors", "spare-parts"}, 8},
	{"汽车零部件", "Automotive parts", "汽车部件", "Automotive", []string{"sensors", "controllers", "spare-parts"}, 3},
	{"物流仓储", "Logistics", "智能物流", "Logistics", []string{"drives", "sensors", "services"}, 11},
	{"半导体", "Semiconductors", "半导体", "Semiconductor", []string{"sensors", "controllers", "services"}, 6},
	{"水处理", "Water treatment", "环境工程", "Water", []string{"drives", "controllers", "services"}, 7},
	{"医疗器械", "Medical devices", "医疗器械", "Medical", []string{"sensors", "cables", "services"}, 4},
}

// syllables make the names of Chinese companies, in characters and in pinyin.
var syllables = [][2]string{
	{"瑞", "Rui"},
	{"恒", "Heng"},
	{"泰", "Tai"},
	{"嘉", "Jia"},
	{"明", "Ming"},
	{"远", "Yuan"},
	{"盛", "Sheng"},
	{"诚", "Cheng"},
	{"博", "Bo"},
	{"宏", "Hong"},
	{"顺", "Shun"},
	{"安", "An"},
	{"启", "Qi"},
	{"川", "Chuan"},
	{"朗", "Lang"},
	{"程", "Cheng"},
	{"锦", "Jin"},
	{"禾", "He"},
	{"景", "Jing"},
	{"岳", "Yue"},
	{"澄", "Cheng"},
	{"煦", "Xu"},
	{"拓", "Tuo"},
	{"凌", "Ling"},
}

// houses and endings make the names of companies elsewhere.
var houses = []string{
	"Harlow", "Brennwald", "Castlemere", "Oakridge", "Lindqvist", "Ashdown", "Kestrel", "Vantorre", "Marlow", "Elderbrook", "Thornbury",
	"Steinfurt", "Weissach", "Riverton", "Bramfield", "Silverlake", "Hallstatt", "Northgate", "Eastcote", "Tanjong", "Merlion", "Raintree",
}

var endings = map[string]string{"GB": "Ltd", "DE": "GmbH", "SG": "Pte Ltd"}

var surnames = []string{"王", "李", "张", "刘", "陈", "杨", "赵", "黄", "周", "吴", "徐", "孙", "胡", "朱", "高", "林", "何", "郭", "马", "罗"}

var givenNames = []string{
	"伟", "芳", "娜", "敏", "静", "丽", "强", "磊", "军", "洋", "勇", "艳", "杰", "娟", "涛", "明", "超", "秀兰", "霞", "平", "建国", "晓东", "思远", "雨桐", "子涵", "志强",
}

var firstNames = []string{
	"Oliver", "Amelia", "George", "Isla", "Harry", "Ava", "Lukas", "Mia", "Felix", "Hanna", "Jonas", "Lena", "Wei Ling", "Arjun", "Priya", "Daniel",
}

var lastNames = []string{
	"Bennett", "Hughes", "Foster", "Marsh", "Schuster", "Vogel", "Brandt", "Keller", "Lim", "Ng", "Nair", "Fraser", "Doyle", "Hartmann", "Quinn",
}

// posts are the people of a customer, the first of them at its head.
var posts = []struct{ zh, en, departmentZh, departmentEn string }{
	{"总经理", "Managing Director", "管理层", "Management"},
	{"采购经理", "Purchasing Manager", "采购部", "Purchasing"},
	{"技术主管", "Head of Engineering", "技术部", "Engineering"},
}

var hobbies = []string{"羽毛球", "登山", "摄影", "围棋", "钓鱼", "tennis", "sailing", "cycling", "chess"}

var sources = []string{"exhibition", "referral", "web", "tender", "partner"}

// products are articles by product line: code, description, price in CNY.
var products = map[string][]product{
	"drives":      {{"DRV-075", "变频器 0.75kW / Inverter 0.75 kW", 1280}, {"DRV-220", "变频器 2.2kW / Inverter 2.2 kW", 2350}, {"SRV-400", "伺服驱动器 / Servo drive 400 W", 1890}},
	"controllers": {{"PLC-16", "可编程控制器 16点 / PLC 16 I/O", 980}, {"PLC-64", "可编程控制器 64点 / PLC 64 I/O", 3260}, {"HMI-10", "触摸屏 10寸 / HMI 10 in", 2140}},
	"sensors":     {{"SEN-P1", "压力传感器 / Pressure sensor", 320}, {"SEN-T2", "温度传感器 / Temperature sensor", 145}, {"SEN-L5", "激光测距传感器 / Laser sensor", 1680}},
	"cables":      {{"CAB-4C", "屏蔽电缆 / Shielded cable 100 m", 460}, {"CAB-FO", "光缆 / Fibre cable 500 m", 1320}},
	"services":    {{"SVC-INS", "安装调试 / Commissioning", 4200}, {"SVC-CAL", "校准 / Calibration", 880}},
	"spare-parts": {{"SPR-FAN", "散热风扇 / Cooling fan", 95}, {"SPR-BRD", "控制板 / Control board", 760}},
}

type product struct {
	code, description string
	price             float64
}
